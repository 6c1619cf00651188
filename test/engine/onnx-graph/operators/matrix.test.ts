import { test } from 'vitest';
import { type Case, eachOpset, expectRuntime } from '../against-runtime.ts';

const smooth = true;

const cases: Case[] = [
  ...[
    [
      [3, 4],
      [4, 2],
    ],
    [
      [2, 3, 4],
      [4, 2],
    ],
    [
      [2, 3, 4],
      [2, 4, 2],
    ],
    [
      [3, 4],
      [2, 4, 2],
    ],
    [
      [2, 1, 3, 4],
      [3, 4, 2],
    ],
    [[4], [4]],
    [[3, 4], [4]],
    [[4], [4, 2]],
    [[2, 3, 4], [4]],
    [[4], [2, 4, 3]],
  ].map((of): Case => ({ operator: 'MatMul', of, smooth })),
  { operator: 'Gemm', of: [[3, 4], [4, 2], [2]], smooth },
  {
    operator: 'Gemm',
    of: [
      [4, 3],
      [2, 4],
    ],
    attributes: { transA: 1, transB: 1 },
    smooth,
  },
  {
    operator: 'Gemm',
    of: [
      [3, 4],
      [2, 4],
      [3, 1],
    ],
    attributes: { transB: 1, alpha: { float: 0.5 }, beta: { float: 2 } },
    smooth,
  },
  ...(
    [
      ['ij,jk->ik', [2, 3], [3, 4]],
      ['bhid,bhjd->bhij', [2, 2, 3, 4], [2, 2, 5, 4]],
      ['bhij,bhjd->bhid', [2, 2, 3, 5], [2, 2, 5, 4]],
      ['bij->bji', [2, 3, 4]],
      ['bij->b', [2, 3, 4]],
      ['...ij,...jk->...ik', [2, 3, 4], [2, 4, 2]],
      ['...i,i->...', [2, 3, 4], [4]],
      ['i,j->ij', [2], [3]],
      ['i,i', [4], [4]],
      ['ij,jk,kl->il', [2, 3], [3, 4], [4, 2]],
      ['bij,bi->bj', [2, 3, 4], [2, 3]],
      ['b i d , j d -> b j i', [2, 3, 4], [5, 4]],
    ] as const
  ).map(([equation, ...of]): Case => ({ operator: 'Einsum', of, attributes: { equation }, smooth })),
];

test.each(eachOpset(cases))('$name of opset $opset equals onnxruntime', ({ one, opset }) => expectRuntime(one, opset));
