import { describe, expect, it } from 'vitest';
import { landingScale, pseudoHuber } from '../../../src/distillation/method/distance.ts';
import { tensor, values } from '../../eager.ts';

describe('the pseudo-Huber distance', () => {
  it('is √(‖a − b‖² + c²) − c with c in units of √D, its mean over contexts and draws', () => {
    const a = tensor([3, 4, 0, 0], [2, 1, 2]);
    const b = tensor([0, 0, 0, 0], [2, 1, 2]);
    expect(values(() => pseudoHuber(a, b, 2 / Math.sqrt(2)))[0]).toBeCloseTo((Math.sqrt(29) - 2) / 2, 5);
  });

  it('is weighed by 1/√(t − s) where jumps land', () => {
    const scale = values(() => landingScale(tensor([0, 0.25], [2]), tensor([1, 0.5], [2])));
    expect(scale).toEqual([1, 2]);
  });
});
