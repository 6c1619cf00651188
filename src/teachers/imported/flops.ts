import { sizeOf } from '../../ground/host-tensor.ts';
import { families } from '../../heads/family/table.ts';
import { headShapes } from '../../heads/network/config.ts';
import type { ImportedCard } from './card.ts';

/** Multiplications and additions of a head's matrices in one evaluation of one token under one context. */
export function evaluationFlops({ family, sizes }: ImportedCard): number {
  const { architecture } = families[family];
  const matrices = Object.values(headShapes({ architecture, ...sizes })).filter((shape) => shape.length === 2);
  return 2 * matrices.reduce((sum, shape) => sum + sizeOf(shape), 0);
}
