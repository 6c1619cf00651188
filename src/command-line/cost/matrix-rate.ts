import * as tf from '@tensorflow/tfjs';
import { compile } from '../../engine/compile.ts';
import type { Engine, TensorSpec } from '../../engine/graph/program.ts';

const SIZE = 768;
const SECONDS = 0.3;

/** FLOP/s of one program that multiplies large matrices on an engine: the best call of 0.3 seconds. */
export async function matrixRate(engine: Engine): Promise<number> {
  const spec: TensorSpec = { shape: [SIZE, SIZE] };
  const program = await compile(
    ({ a, b }) => ({ c: tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D) }),
    { a: spec, b: spec },
    { engine },
  );
  const matrix = { shape: [SIZE, SIZE], data: Float32Array.from({ length: SIZE * SIZE }, (_, i) => Math.sin(i)) };
  const feeds = { a: matrix, b: matrix };
  let best = 0;
  try {
    await program.run(feeds); // The first call plans memory.
    const end = performance.now() + 1000 * SECONDS;
    for (let now = performance.now(); now < end; ) {
      await program.run(feeds);
      const after = performance.now();
      best = Math.max(best, (2000 * SIZE ** 3) / (after - now));
      now = after;
    }
    return best;
  } finally {
    await program.dispose();
  }
}
