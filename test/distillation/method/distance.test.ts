import { describe, expect, it } from 'vitest';
import { pseudoHuber } from '../../../src/distillation/method/distance.ts';
import { tensor, values } from '../../eager.ts';

describe('the pseudo-Huber distance', () => {
  it('is √(‖a − b‖² + c²) − c, its mean over contexts and draws', () => {
    const a = tensor([3, 4, 0, 0], [2, 1, 2]);
    const b = tensor([0, 0, 0, 0], [2, 1, 2]);
    expect(values(() => pseudoHuber(a, b, 2))[0]).toBeCloseTo((Math.sqrt(29) - 2) / 2, 5);
    expect(values(() => pseudoHuber(a, b, 2, tensor([4, 100], [2, 1])))[0]).toBeCloseTo(
      (4 * (Math.sqrt(29) - 2)) / 2,
      5,
    );
  });
});
