import { test } from 'vitest';
import { type Case, eachOpset, expectRuntime } from '../against-runtime.ts';
import { floats, int64 } from '../model.ts';

const smooth = true;

const convolutions: Case[] = [
  { operator: 'Conv', of: [[2, 3, 6], [4, 3, 3], [4]], attributes: { pads: [1, 1] }, smooth },
  {
    operator: 'Conv',
    of: [
      [2, 4, 7],
      [6, 2, 3],
    ],
    attributes: { group: 2, strides: [2], pads: [2, 0] },
    smooth,
  },
  {
    operator: 'Conv',
    of: [[2, 4, 8], [4, 1, 3], [4]],
    attributes: { group: 4, dilations: [2], kernel_shape: [3] },
    smooth,
  },
  {
    operator: 'Conv',
    of: [
      [2, 2, 6],
      [4, 1, 3],
    ],
    attributes: { group: 2, pads: [1, 1] },
    smooth,
  },
  { operator: 'Conv', of: [[1, 2, 5, 4], [3, 2, 3, 2], [3]], attributes: { pads: [1, 0, 1, 1] }, smooth },
  {
    operator: 'Conv',
    of: [
      [1, 2, 6, 5],
      [3, 2, 3, 3],
    ],
    attributes: { strides: [2, 3], pads: [1, 1, 1, 1] },
    smooth,
  },
  { operator: 'Conv', of: [[2, 3, 4, 4], [5, 3, 1, 1], [5]], smooth },
  {
    operator: 'Conv',
    of: [
      [1, 2, 5, 5],
      [2, 2, 3, 3],
    ],
    attributes: { auto_pad: 'SAME_UPPER', strides: [2, 2] },
    smooth,
  },
  {
    operator: 'Conv',
    of: [
      [1, 2, 5, 5],
      [2, 2, 2, 2],
    ],
    attributes: { auto_pad: 'SAME_LOWER' },
    smooth,
  },
  {
    operator: 'Conv',
    of: [
      [1, 2, 5, 5],
      [2, 2, 3, 3],
    ],
    attributes: { auto_pad: 'VALID' },
    smooth,
  },
  {
    operator: 'Conv',
    of: [
      [1, 2, 3, 4, 3],
      [2, 2, 2, 3, 2],
    ],
    attributes: { pads: [0, 1, 0, 1, 1, 0] },
  },
  { operator: 'ConvTranspose', of: [[2, 4, 5], [4, 3, 3], [3]], smooth },
  {
    operator: 'ConvTranspose',
    of: [[2, 4, 3, 4], [4, 2, 4, 4], [2]],
    attributes: { strides: [2, 2], pads: [1, 1, 1, 1] },
    smooth,
  },
  {
    operator: 'ConvTranspose',
    of: [
      [1, 4, 3, 3],
      [4, 2, 3, 3],
    ],
    attributes: { group: 2, strides: [2, 3], output_padding: [1, 0], dilations: [1, 2], pads: [1, 0, 0, 2] },
    smooth,
  },
];

const pools: Case[] = [
  { operator: 'AveragePool', of: [[1, 2, 4, 6]], attributes: { kernel_shape: [2, 2], strides: [2, 2] }, smooth },
  { operator: 'AveragePool', of: [[1, 2, 5]], attributes: { kernel_shape: [3], pads: [1, 1] }, smooth },
  {
    operator: 'AveragePool',
    of: [[1, 2, 5]],
    attributes: { kernel_shape: [3], pads: [1, 1], count_include_pad: 1 },
    smooth,
  },
  { operator: 'AveragePool', of: [[1, 2, 6]], attributes: { kernel_shape: [3], strides: [2], ceil_mode: 1 }, smooth },
  { operator: 'MaxPool', of: [[1, 2, 4, 6]], attributes: { kernel_shape: [2, 3], strides: [2, 1] }, smooth },
  { operator: 'MaxPool', of: [[1, 2, 6]], attributes: { kernel_shape: [3], pads: [1, 1], strides: [2] }, smooth },
  { operator: 'MaxPool', of: [[1, 2, 6]], attributes: { kernel_shape: [3], strides: [2], ceil_mode: 1 }, smooth },
  { operator: 'MaxPool', of: [[1, 1, 8]], attributes: { kernel_shape: [3], dilations: [2] }, smooth },
  { operator: 'GlobalAveragePool', of: [[2, 3, 4, 2]], smooth },
  { operator: 'GlobalMaxPool', of: [[2, 3, 4, 2]], smooth },
];

const scales = (...numbers: number[]) => ({ fixed: floats([numbers.length], ...numbers) });
const sizes = (...numbers: number[]) => ({ fixed: int64(...numbers) });
const image = [1, 2, 3, 4] as const;
const asymmetric = { coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };

const resizes: Case[] = [
  {
    operator: 'Resize',
    of: [image, undefined, scales(1, 1, 2, 3)],
    attributes: asymmetric,
    opsets: [13, 18, 19],
    smooth,
  },
  { operator: 'Resize', of: [image, undefined, undefined, sizes(1, 2, 6, 8)], attributes: asymmetric, smooth },
  { operator: 'Resize', of: [image, undefined, scales(1, 1, 2, 2)], smooth },
  { operator: 'Resize', of: [image, undefined, scales(1, 1, 1.5, 0.5)], smooth },
  ...['half_pixel', 'align_corners', 'pytorch_half_pixel', 'asymmetric'].map((mode) => ({
    operator: 'Resize',
    of: [image, undefined, undefined, sizes(1, 2, 5, 8)],
    attributes: { mode: 'linear', coordinate_transformation_mode: mode },
    smooth,
  })),
  {
    operator: 'Resize',
    of: [image, undefined, scales(2, 2)],
    attributes: { mode: 'linear', axes: [2, 3] },
    opsets: [18],
    smooth,
  },
];

test.each(eachOpset([...convolutions, ...pools, ...resizes]))(
  '$name of opset $opset equals onnxruntime',
  ({ one, opset }) => expectRuntime({ tolerance: 2e-6, ...one }, opset),
);
