import { test } from 'vitest';
import { type Case, eachOpset, expectRuntime } from '../against-runtime.ts';
import type { Tensor } from '../model.ts';

const cube = [2, 3, 4] as const;
const smooth = true;
const indices = (shape: readonly number[], ...numbers: number[]): { readonly fixed: Tensor } => ({
  fixed: { type: 'INT64', shape, numbers },
});
const box = indices([2, 2, 2], 0, 1, 0, 2, 1, 1, 1, 2);

const cases: Case[] = [
  {
    operator: 'GatherElements',
    of: [cube, indices([2, 1, 4], 0, 1, 2, -1, 0, 0, 1, 2)],
    attributes: { axis: 1 },
    smooth,
  },
  {
    operator: 'GatherElements',
    of: [cube, indices([2, 2, 4], ...[0, 1].flatMap(() => [-1, -1, -1, -1, 0, 0, 0, 0]))],
    attributes: { axis: 1 },
    smooth,
  },
  { operator: 'GatherND', of: [cube, indices([2, 2], 0, 1, 1, -1)], smooth },
  { operator: 'GatherND', of: [cube, indices([2, 1, 3], 0, 1, 2, 1, 0, -4)], smooth },
  {
    operator: 'ScatterElements',
    of: [cube, indices([2, 1, 2], 0, -1, 2, 1), [2, 1, 2]],
    attributes: { axis: 1 },
    smooth,
  },
  { operator: 'ScatterND', of: [cube, indices([2, 2], 0, 1, 1, -1), [2, 4]], smooth },
  { operator: 'ScatterND', of: [cube, indices([1, 1], 1), [1, 3, 4]], smooth },
  { operator: 'ScatterND', of: [cube, box, [2, 2, 4]], opsets: [13, 16, 18], smooth },
  {
    operator: 'ScatterND',
    of: [{ fixed: { type: 'INT64', shape: [3], numbers: [1, 2, 3] } }, indices([2, 1], 2, 0), indices([2], 8, 9)],
    type: 'INT64',
  },
];

test.each(eachOpset(cases))('$name of opset $opset equals onnxruntime', ({ one, opset }) => expectRuntime(one, opset));
