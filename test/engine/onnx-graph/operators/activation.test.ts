import { test } from 'vitest';
import { type Case, eachOpset, expectRuntime, random } from '../against-runtime.ts';
import { bools, floats, int64, integer } from '../model.ts';

const m = [3, 4] as const;
const wide = random([3, 4], 3, -5, 5);
const smooth = true;

const cases: Case[] = [
  { operator: 'Celu', of: [m], attributes: { alpha: { float: 1.5 } }, smooth },
  { operator: 'Clip', of: [m, { fixed: floats([], -1) }, { fixed: floats([], 0.5) }], smooth },
  { operator: 'Clip', of: [m, { fixed: floats([], -1) }], smooth },
  { operator: 'Clip', of: [m, undefined, { fixed: floats([], 0.5) }], smooth },
  { operator: 'Clip', of: [m, floats([], -1), floats([], 0.5)] },
  { operator: 'Clip', of: [{ fixed: int64(-3, 0, 9) }, { fixed: integer(0) }, { fixed: integer(5) }], type: 'INT64' },
  { operator: 'Clip', of: [m] },
  { operator: 'Dropout', of: [m, { fixed: floats([], 0.5) }, { fixed: bools([], 0) }], smooth },
  { operator: 'Dropout', of: [m], smooth },
  { operator: 'Elu', of: [m], attributes: { alpha: { float: 0.7 } }, smooth },
  { operator: 'Elu', of: [m], smooth },
  { operator: 'Gelu', of: [m], opsets: [20, 21], smooth },
  { operator: 'Gelu', of: [m], attributes: { approximate: 'tanh' }, opsets: [20], smooth },
  { operator: 'HardSigmoid', of: [wide] },
  { operator: 'HardSigmoid', of: [wide], attributes: { alpha: { float: 0.25 }, beta: { float: 0.4 } } },
  { operator: 'HardSwish', of: [wide], opsets: [14, 17, 22] },
  { operator: 'LeakyRelu', of: [m], attributes: { alpha: { float: 0.2 } }, smooth },
  { operator: 'LeakyRelu', of: [m], smooth },
  { operator: 'Mish', of: [m], opsets: [18, 22], smooth },
  { operator: 'PRelu', of: [m, [4]], smooth },
  { operator: 'Relu', of: [m], smooth },
  { operator: 'Selu', of: [m], smooth },
  { operator: 'Sigmoid', of: [wide], smooth },
  { operator: 'Softplus', of: [wide], smooth },
  { operator: 'Softsign', of: [m], smooth },
  { operator: 'Tanh', of: [m], smooth },
  { operator: 'ThresholdedRelu', of: [m], attributes: { alpha: { float: 0.5 } } },
];

test.each(eachOpset(cases))('$name of opset $opset equals onnxruntime', ({ one, opset }) => expectRuntime(one, opset));
