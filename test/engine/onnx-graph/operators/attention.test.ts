import { test } from 'vitest';
import { type Case, eachOpset, expectRuntime } from '../against-runtime.ts';
import { bools } from '../model.ts';

const opsets = [23];
const smooth = true;
const four = [2, 4, 3, 2] as const;
const grouped = [2, 2, 3, 2] as const;
const mask = { fixed: bools([3, 3], 1, 0, 1, 1, 1, 0, 0, 1, 1) };
const heads = { q_num_heads: 2, kv_num_heads: 2 };

const cases: Case[] = [
  { operator: 'Attention', of: [four, four, four], opsets, smooth },
  { operator: 'Attention', of: [four, grouped, grouped], opsets, smooth },
  {
    operator: 'Attention',
    of: [four, four, four],
    attributes: { is_causal: 1, scale: { float: 0.3 } },
    opsets,
    smooth,
  },
  { operator: 'Attention', of: [four, four, four, mask], opsets, smooth },
  { operator: 'Attention', of: [four, four, four, [3, 3]], opsets, smooth },
  { operator: 'Attention', of: [four, four, four], attributes: { softcap: { float: 1.5 } }, opsets, smooth },
  {
    operator: 'Attention',
    of: [
      [2, 3, 4],
      [2, 5, 4],
      [2, 5, 6],
    ],
    attributes: heads,
    opsets,
    smooth,
  },
];

test.each(eachOpset(cases))('$name of opset $opset equals onnxruntime', ({ one, opset }) =>
  expectRuntime({ tolerance: 3e-6, ...one }, opset),
);
