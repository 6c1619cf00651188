import { test } from 'vitest';
import { type Case, eachOpset, expectRuntime, random } from '../against-runtime.ts';
import { bools, floats, int64 } from '../model.ts';

const m = [2, 3] as const;
const positive = random([2, 3], 5, 0.3, 2);
const small = random([2, 3], 6, -0.9, 0.9);
const smooth = true;
const halves = floats([7], -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.49);

const cases: Case[] = [
  { operator: 'Abs', of: [m], smooth },
  { operator: 'Abs', of: [int64(-2, 3)], type: 'INT64' },
  { operator: 'Acos', of: [small], smooth },
  { operator: 'Acosh', of: [random([4], 1, 1.2, 3)], smooth },
  { operator: 'Asin', of: [small], smooth },
  { operator: 'Asinh', of: [m], smooth },
  { operator: 'Atan', of: [m], smooth },
  { operator: 'Atanh', of: [small] },
  { operator: 'Cast', of: [floats([4], -1.7, -0.2, 0.9, 2)], attributes: { to: 7 }, type: 'INT64' },
  { operator: 'Cast', of: [floats([3], 0, 0.5, -2)], attributes: { to: 9 }, type: 'BOOL' },
  { operator: 'Cast', of: [int64(1, 0, -3)], attributes: { to: 1 } },
  { operator: 'Cast', of: [bools([2], 0, 1)], attributes: { to: 1 } },
  { operator: 'Cast', of: [{ fixed: int64(1, 0, -3) }], attributes: { to: 1 } },
  { operator: 'CastLike', of: [int64(1, 0, -3), m] },
  { operator: 'Ceil', of: [m] },
  { operator: 'Cos', of: [m], smooth },
  { operator: 'Cosh', of: [m], smooth },
  { operator: 'Erf', of: [m], smooth },
  { operator: 'Exp', of: [m], smooth },
  { operator: 'Floor', of: [m] },
  { operator: 'Identity', of: [m], smooth },
  { operator: 'IsInf', of: [floats([3], 1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)], type: 'BOOL' },
  {
    operator: 'IsInf',
    of: [floats([3], 1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)],
    attributes: { detect_negative: 0 },
    type: 'BOOL',
  },
  { operator: 'IsNaN', of: [floats([3], 1, Number.NaN, Number.POSITIVE_INFINITY)], type: 'BOOL' },
  { operator: 'Log', of: [positive], smooth },
  { operator: 'Neg', of: [m], smooth },
  { operator: 'Neg', of: [int64(-2, 3)], type: 'INT64' },
  { operator: 'Not', of: [bools([2], 0, 1)], type: 'BOOL' },
  { operator: 'Not', of: [{ fixed: bools([2], 0, 1) }], type: 'BOOL' },
  { operator: 'Reciprocal', of: [positive], smooth },
  { operator: 'Round', of: [halves] },
  { operator: 'Round', of: [m] },
  { operator: 'Sign', of: [floats([3], -2, 0, 3)] },
  { operator: 'Sin', of: [m], smooth },
  { operator: 'Sinh', of: [m], smooth },
  { operator: 'Sqrt', of: [positive], smooth },
  { operator: 'Tan', of: [small], smooth },
];

test.each(eachOpset(cases))('$name of opset $opset equals onnxruntime', ({ one, opset }) => expectRuntime(one, opset));
