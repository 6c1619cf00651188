import { test } from 'vitest';
import { type Case, eachOpset, expectRuntime, random } from '../against-runtime.ts';
import { int64, integer } from '../model.ts';

const cube = [2, 3, 4] as const;
const positive = random(cube, 5, 0.3, 2);
const smooth = true;
const axes = (...numbers: number[]) => ({ fixed: int64(...numbers) });
const known = { fixed: { type: 'INT64', shape: [2, 3], numbers: [1, 2, 3, 4, 5, 6] } } as const;

const forms = (operator: string, data: Case['of'][number]): Case[] => [
  { operator, of: [data], attributes: { axes: [1] }, opsets: [13, 17], smooth },
  { operator, of: [data], attributes: { axes: [-1, 0], keepdims: 0 }, opsets: [17], smooth },
  { operator, of: [data], opsets: [17, 18], smooth },
  { operator, of: [data, axes(-1)], attributes: { keepdims: 0 }, opsets: [18, 21], smooth },
  { operator, of: [data, axes(2, 0)], opsets: [18], smooth },
  { operator, of: [data], attributes: { noop_with_empty_axes: 1 }, opsets: [18], smooth },
];

const cases: Case[] = [
  ...['ReduceL1', 'ReduceLogSum', 'ReduceProd'].flatMap((operator) => forms(operator, positive)),
  ...['ReduceL2', 'ReduceLogSumExp', 'ReduceMax', 'ReduceMean', 'ReduceMin', 'ReduceSumSquare'].flatMap((operator) =>
    forms(operator, cube),
  ),
  { operator: 'ReduceSum', of: [cube, axes(1)], opsets: [13, 17, 21], smooth },
  { operator: 'ReduceSum', of: [cube], attributes: { keepdims: 0 }, smooth },
  { operator: 'ReduceProd', of: [known], attributes: { axes: [1], keepdims: 0 }, type: 'INT64' },
  { operator: 'ReduceMax', of: [known, axes(0)], opsets: [18], type: 'INT64' },
  { operator: 'ReduceSum', of: [known, axes(0, 1)], type: 'INT64' },
  { operator: 'ArgMax', of: [cube], attributes: { axis: 1 }, type: 'INT64' },
  { operator: 'ArgMax', of: [cube], attributes: { axis: -1, keepdims: 0 }, type: 'INT64' },
  { operator: 'ArgMin', of: [cube], type: 'INT64' },
  ...[0, 1].flatMap((exclusive) =>
    [0, 1].flatMap((reverse): Case[] => [
      { operator: 'CumSum', of: [cube, { fixed: integer(1) }], attributes: { exclusive, reverse }, smooth },
      { operator: 'CumSum', of: [known, { fixed: integer(0) }], attributes: { exclusive, reverse }, type: 'INT64' },
    ]),
  ),
];

test.each(eachOpset(cases))('$name of opset $opset equals onnxruntime', ({ one, opset }) =>
  expectRuntime({ tolerance: 2e-6, ...one }, opset),
);
