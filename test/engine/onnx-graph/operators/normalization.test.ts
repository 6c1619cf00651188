import { test } from 'vitest';
import { type Case, eachOpset, expectRuntime, random } from '../against-runtime.ts';

const cube = [2, 3, 4] as const;
const image = [2, 4, 3, 2] as const;
const smooth = true;
const epsilon = { float: 1e-3 };
const spread = random([4], 5, 0.3, 2);

const cases: Case[] = [
  { operator: 'BatchNormalization', of: [image, [4], [4], [4], spread], opsets: [13, 14, 15], smooth },
  { operator: 'BatchNormalization', of: [[2, 4], [4], [4], [4], spread], attributes: { epsilon }, smooth },
  { operator: 'GroupNormalization', of: [image, [2], [2]], attributes: { num_groups: 2 }, opsets: [18], smooth },
  {
    operator: 'GroupNormalization',
    of: [image, [4], [4]],
    attributes: { num_groups: 2, epsilon },
    opsets: [21],
    smooth,
  },
  { operator: 'InstanceNormalization', of: [image, [4], [4]], opsets: [13, 17, 22], smooth },
  { operator: 'InstanceNormalization', of: [[2, 4, 3], [4], [4]], attributes: { epsilon }, smooth },
  { operator: 'LayerNormalization', of: [cube, [4], [4]], smooth },
  { operator: 'LayerNormalization', of: [cube, [4]], attributes: { epsilon }, smooth },
  { operator: 'LayerNormalization', of: [cube, [3, 4], [3, 4]], attributes: { axis: 1 }, smooth },
  ...['Softmax', 'LogSoftmax'].flatMap((operator): Case[] => [
    { operator, of: [cube], opsets: [13, 17], smooth },
    { operator, of: [cube], attributes: { axis: 1 }, smooth },
    { operator, of: [random(cube, 1, -200, 200)] },
  ]),
  { operator: 'LpNormalization', of: [cube], smooth },
  { operator: 'LpNormalization', of: [random(cube, 1, 0.2, 2)], attributes: { p: 1, axis: 1 }, smooth },
  { operator: 'MeanVarianceNormalization', of: [image], attributes: {}, smooth: false },
  { operator: 'RMSNormalization', of: [cube, [4]], opsets: [23], smooth },
  { operator: 'RMSNormalization', of: [cube, [3, 4]], attributes: { axis: 1, epsilon }, opsets: [23], smooth },
];

test.each(eachOpset(cases))('$name of opset $opset equals onnxruntime', ({ one, opset }) =>
  expectRuntime({ tolerance: 3e-6, ...one }, opset),
);
