import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import type { Guidance } from '../../src/heads/network/network-config.ts';
import { enteringState, enteringWidth } from '../../src/heads/velocity.ts';
import { values } from '../eager.ts';

const context = {
  conditional: tf.tensor([1, 2, 3, 4], [2, 2]),
  unconditional: tf.tensor([5, 6, 7, 8], [2, 2]),
  w: tf.tensor([3, 0.5]),
};

describe('what enters a head where its hidden state does', () => {
  it.each<[Guidance | undefined, number[]]>([
    [undefined, [1, 2, 3, 4]],
    ['output', [1, 2, 3, 4]],
    ['condition', [-7, -6, 5, 6]],
    ['inside', [1, 2, 5, 6, 3, 3, 4, 7, 8, 0.5]],
    ['scale', [1, 2, 3, 3, 4, 0.5]],
  ])('by guidance %s', (guidance, expected) => {
    expect(values(() => enteringState(guidance, context))).toEqual(expected);
    expect(enteringWidth({ condition: 2, ...(guidance && { guidance }) })).toBe(expected.length / 2);
  });
});
