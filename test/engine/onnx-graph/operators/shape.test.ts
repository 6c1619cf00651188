import { test } from 'vitest';
import { type Case, eachOpset, expectRuntime, random } from '../against-runtime.ts';
import { bools, floats, int64, integer } from '../model.ts';

const m = [2, 3] as const;
const cube = [2, 3, 4] as const;
const smooth = true;
const fixed = (...numbers: number[]) => ({ fixed: int64(...numbers) });
const known = { fixed: { type: 'INT64', shape: [2, 3], numbers: [1, 2, 3, 4, 5, 6] } } as const;

const cases: Case[] = [
  { operator: 'Concat', of: [m, [2, 2]], attributes: { axis: 1 }, smooth },
  { operator: 'Concat', of: [m, [1, 3]], attributes: { axis: -2 }, smooth },
  { operator: 'Concat', of: [m], attributes: { axis: 0 }, smooth },
  { operator: 'Concat', of: [fixed(1, 2), fixed(3)], attributes: { axis: 0 }, type: 'INT64' },
  { operator: 'Concat', of: [int64(1, 2), fixed(3)], attributes: { axis: 0 }, type: 'INT64' },
  { operator: 'DepthToSpace', of: [[1, 8, 2, 3]], attributes: { blocksize: 2 }, smooth },
  { operator: 'DepthToSpace', of: [[1, 8, 2, 3]], attributes: { blocksize: 2, mode: 'CRD' }, smooth },
  { operator: 'SpaceToDepth', of: [[1, 2, 4, 6]], attributes: { blocksize: 2 }, smooth },
  { operator: 'Expand', of: [[2, 1], fixed(2, 3)], smooth },
  { operator: 'Expand', of: [[3], fixed(4, 1, 1)], smooth },
  { operator: 'Expand', of: [[2, 1, 1, 3, 1], fixed(2, 2, 2, 3, 2)], smooth },
  { operator: 'Expand', of: [known, fixed(2, 2, 3)], type: 'INT64' },
  { operator: 'Expand', of: [bools([2, 1], 0, 1), fixed(2, 2)], type: 'BOOL' },
  { operator: 'Flatten', of: [cube], smooth },
  { operator: 'Flatten', of: [cube], attributes: { axis: -1 } },
  { operator: 'Flatten', of: [cube], attributes: { axis: 0 } },
  { operator: 'Flatten', of: [cube], attributes: { axis: 3 } },
  { operator: 'Reshape', of: [cube, fixed(0, -1)], smooth },
  { operator: 'Reshape', of: [cube, fixed(4, 6)], smooth },
  { operator: 'Reshape', of: [cube, fixed(6, -1)], attributes: { allowzero: 1 } },
  { operator: 'Reshape', of: [known, fixed(-1)], type: 'INT64' },
  { operator: 'Shape', of: [cube], type: 'INT64' },
  { operator: 'Shape', of: [cube], attributes: { start: 1 }, type: 'INT64' },
  { operator: 'Shape', of: [cube], attributes: { start: -2, end: -1 }, type: 'INT64' },
  { operator: 'Size', of: [cube], type: 'INT64' },
  { operator: 'Squeeze', of: [[1, 2, 1], fixed(0)], smooth },
  { operator: 'Squeeze', of: [[1, 2, 1], fixed(-1, 0)], smooth },
  { operator: 'Squeeze', of: [[1, 2, 1]], smooth },
  { operator: 'Tile', of: [m, fixed(2, 3)], smooth },
  { operator: 'Tile', of: [cube, fixed(1, 2, 1)], smooth },
  { operator: 'Tile', of: [known, fixed(1, 2)], type: 'INT64' },
  { operator: 'Transpose', of: [cube], smooth },
  { operator: 'Transpose', of: [cube], attributes: { perm: [1, 2, 0] }, smooth },
  { operator: 'Transpose', of: [known], type: 'INT64' },
  { operator: 'Unsqueeze', of: [m, fixed(0, -1)], smooth },
  { operator: 'Unsqueeze', of: [m, fixed(1)], smooth },
  { operator: 'Unsqueeze', of: [{ fixed: integer(3) }, fixed(0)], type: 'INT64' },
];

const selection: Case[] = [
  { operator: 'Gather', of: [cube, fixed(0, 2)], attributes: { axis: 1 }, smooth },
  { operator: 'Gather', of: [cube, { fixed: integer(1) }], attributes: { axis: 2 }, smooth },
  { operator: 'Gather', of: [cube, { fixed: integer(-1) }], attributes: { axis: 0 }, smooth },
  { operator: 'Gather', of: [[5, 3], int64(4, 0, -1)], smooth },
  { operator: 'Gather', of: [{ fixed: random([5, 3], 2) }, int64(4, 0)] },
  { operator: 'Gather', of: [[8, 2], known], smooth },
  { operator: 'Gather', of: [fixed(4, 5, 6), { fixed: integer(1) }], type: 'INT64' },
  { operator: 'NonZero', of: [{ fixed: bools([2, 2], 1, 0, 1, 1) }], type: 'INT64' },
  { operator: 'Pad', of: [m, fixed(0, 1, 2, 0)], smooth },
  { operator: 'Pad', of: [m, fixed(0, 1, 2, 0), { fixed: floats([], 0.5) }], smooth },
  { operator: 'Pad', of: [m, fixed(0, -1, 1, 0)], smooth },
  { operator: 'Pad', of: [m, fixed(1, 2), undefined, fixed(-1)], opsets: [18, 21], smooth },
  { operator: 'Pad', of: [[2, 4], fixed(1, 2, 0, 3)], attributes: { mode: 'reflect' }, smooth },
  { operator: 'Pad', of: [m, fixed(1, 2, 0, 3)], attributes: { mode: 'edge' }, smooth },
  { operator: 'Pad', of: [m, fixed(0, 1, 0, 2)], attributes: { mode: 'wrap' }, opsets: [19], smooth },
  { operator: 'Pad', of: [known, fixed(0, 1, 1, 0), { fixed: integer(9) }], type: 'INT64' },
  { operator: 'Slice', of: [cube, fixed(1), fixed(3), fixed(2)], smooth },
  { operator: 'Slice', of: [cube, fixed(0, -2), fixed(1, 2 ** 62)], smooth },
  { operator: 'Slice', of: [[7], fixed(0), fixed(7), fixed(0), fixed(2)], smooth },
  { operator: 'Slice', of: [[7], fixed(-1), fixed(-(2 ** 62)), fixed(0), fixed(-1)], smooth },
  { operator: 'Slice', of: [[7], fixed(5), fixed(1), fixed(-1), fixed(-2)], smooth },
  { operator: 'Slice', of: [known, fixed(1), fixed(3), fixed(-1)], type: 'INT64' },
  { operator: 'Split', of: [[4, 3]], outputs: 2, smooth, opsets: [13, 17] },
  { operator: 'Split', of: [[5, 3]], attributes: { num_outputs: 2 }, outputs: 2, smooth, opsets: [18, 21] },
  { operator: 'Split', of: [[4, 5], fixed(1, 4)], attributes: { axis: -1 }, outputs: 2, smooth },
  { operator: 'Split', of: [fixed(1, 2, 3)], outputs: 3, type: 'INT64' },
];

const making: Case[] = [
  { operator: 'Constant', of: [], attributes: { value: floats([2], 1, 2) } },
  { operator: 'Constant', of: [], attributes: { value_float: { float: 0.5 } } },
  { operator: 'Constant', of: [], attributes: { value_int: 3 }, type: 'INT64' },
  { operator: 'Constant', of: [], attributes: { value_ints: [3, 4] }, type: 'INT64' },
  { operator: 'ConstantOfShape', of: [fixed(2, 3)] },
  { operator: 'ConstantOfShape', of: [fixed(2)], attributes: { value: int64(7) }, type: 'INT64' },
  { operator: 'EyeLike', of: [[3, 4]], attributes: { k: 1 } },
  { operator: 'OneHot', of: [int64(2, 0, -1), { fixed: integer(4) }, { fixed: floats([2], 0.5, 2) }] },
  { operator: 'OneHot', of: [fixed(2, 0), { fixed: integer(4) }, fixed(0, 1)], attributes: { axis: 0 }, type: 'INT64' },
  { operator: 'Range', of: [0, 5, 2].map((number) => ({ fixed: integer(number) })), type: 'INT64' },
  { operator: 'Range', of: [1, 0, -0.25].map((number) => ({ fixed: floats([], number) })) },
  { operator: 'Trilu', of: [[2, 3, 4]], smooth },
  { operator: 'Trilu', of: [[3, 4], { fixed: integer(-1) }], attributes: { upper: 0 }, smooth },
  { operator: 'Trilu', of: [known, { fixed: integer(1) }], type: 'INT64' },
  { operator: 'Trilu', of: [{ fixed: bools([2, 2], 1, 1, 1, 1) }], type: 'BOOL' },
];

test.each(eachOpset([...cases, ...selection, ...making]))(
  '$name of opset $opset equals onnxruntime',
  ({ one, opset }) => expectRuntime(one, opset),
);
