import * as tf from '@tensorflow/tfjs';
import { expect, test, vi } from 'vitest';
import { compileEager } from '../../../src/engine/graph/eager.ts';

test('the first use of the eager cpu backend prints nothing', async () => {
  const warn = vi.spyOn(console, 'warn');
  const program = await compileEager(({ x }) => ({ y: tf.neg(x ?? 0) }), { x: { shape: [2] } }, ['y'], 'cpu');
  const { y } = await program.run({ x: { shape: [2], data: Float32Array.of(1, 2) } });
  expect(y?.data).toEqual(Float32Array.of(-1, -2));
  expect(warn).not.toHaveBeenCalled();
  await program.dispose();
});
