import { test } from 'vitest';
import { type Case, eachOpset, expectRuntime, random } from '../against-runtime.ts';
import { bools, floats, int64, integer } from '../model.ts';

const m = [2, 3] as const;
const positive = random([2, 3], 5, 0.3, 2);
const smooth = true;
const broadcasts = [
  [m, m],
  [m, []],
  [[3], m],
  [m, [2, 1]],
  [
    [4, 1, 3],
    [2, 1],
  ],
] as const;

const cases: Case[] = [
  ...['Add', 'Sub', 'Mul'].flatMap((operator): Case[] => [
    ...broadcasts.map((of) => ({ operator, of, smooth })),
    { operator, of: [int64(7, -7), int64(2, 3)], type: 'INT64' },
    { operator, of: [int64(7, -7), { fixed: integer(2) }], type: 'INT64' },
    { operator, of: [{ fixed: int64(7, -7) }, { fixed: integer(2) }], type: 'INT64' },
  ]),
  { operator: 'Div', of: [m, positive], smooth },
  { operator: 'Div', of: [[4, 1, 3], random([2, 1], 5, 0.3, 2)], smooth },
  { operator: 'Div', of: [int64(7, -7, 8), int64(2, 2, -3)], type: 'INT64' },
  { operator: 'Div', of: [{ fixed: int64(7, -7, 8) }, { fixed: int64(2, 2, -3) }], type: 'INT64' },
  ...['Max', 'Min'].flatMap((operator): Case[] => [
    { operator, of: [m, [2, 1], [3]], smooth },
    { operator, of: [m], smooth },
    { operator, of: [{ fixed: int64(1, 5) }, { fixed: int64(3, 2) }], type: 'INT64' },
  ]),
  { operator: 'Mean', of: [m, [3], [2, 1]], smooth },
  { operator: 'Sum', of: [m, [3], [2, 1]], smooth },
  { operator: 'Mod', of: [int64(7, -7, 8), int64(3, 3, -3)], type: 'INT64' },
  { operator: 'Mod', of: [{ fixed: int64(7, -7, 8) }, { fixed: int64(3, 3, -3) }], type: 'INT64' },
  { operator: 'Mod', of: [floats([3], 7.5, -7.5, 2), floats([3], 2, 2, -1.5)], attributes: { fmod: 1 } },
  { operator: 'Pow', of: [positive, [3]], smooth },
  ...[-1, -0.5, 0.5, 1, 2, 3, 1.7].map((power) => ({
    operator: 'Pow',
    of: [positive, { fixed: floats([], power) }],
    smooth,
  })),
  { operator: 'Pow', of: [m, { fixed: floats([], 3) }], smooth },
  { operator: 'Pow', of: [m, { fixed: integer(2) }], smooth },
  { operator: 'Pow', of: [{ fixed: floats([], 10_000) }, { fixed: floats([2], -0.5, 0.25) }] },
  ...(['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'] as const).flatMap((operator): Case[] => [
    { operator, of: [floats([3], 1, 2, 3), floats([], 2)], type: 'BOOL' },
    { operator, of: [int64(1, 2, 3), int64(3, 2, 1)], type: 'BOOL' },
    { operator, of: [{ fixed: int64(1, 2, 3) }, { fixed: int64(3, 2, 1) }], type: 'BOOL' },
  ]),
  { operator: 'Equal', of: [bools([2], 0, 1), bools([2], 1, 1)], type: 'BOOL' },
  ...['And', 'Or', 'Xor'].flatMap((operator): Case[] => [
    { operator, of: [bools([4], 0, 0, 1, 1), bools([4], 0, 1, 0, 1)], type: 'BOOL' },
    { operator, of: [{ fixed: bools([4], 0, 0, 1, 1) }, { fixed: bools([4], 0, 1, 0, 1) }], type: 'BOOL' },
  ]),
  { operator: 'Where', of: [bools([2, 3], 0, 1, 1, 0, 0, 1), m, m], smooth },
  { operator: 'Where', of: [bools([2, 1], 0, 1), [3], []], smooth },
  { operator: 'Where', of: [{ fixed: bools([2, 1], 0, 1) }, [2, 3], { fixed: floats([], -Infinity) }] },
  {
    operator: 'Where',
    of: [{ fixed: bools([2], 0, 1) }, { fixed: int64(3, 4) }, { fixed: integer(-1) }],
    type: 'INT64',
  },
  { operator: 'Where', of: [bools([2], 0, 1), int64(3, 4), int64(5, 6)], type: 'INT64' },
];

test.each(eachOpset(cases))('$name of opset $opset equals onnxruntime', ({ one, opset }) => expectRuntime(one, opset));
