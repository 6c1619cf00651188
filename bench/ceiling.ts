import * as tf from '@tensorflow/tfjs';
import { compile } from '../src/engine/compile.ts';
import { cpuEngine, type Engine } from '../src/engine/graph/program.ts';
import { seconds } from './timing.ts';

/** The machine's own ceiling in FLOP/s: the best of large square float32 matrix products through onnxruntime. */
export async function ceiling(
  engine: Engine = cpuEngine(2),
  sizes: readonly number[] = [1024, 1536, 2048],
): Promise<number> {
  let best = 0;
  for (const size of sizes) {
    const shape = [size, size] as const;
    const specs = { a: { shape }, b: { shape } };
    const program = await compile(({ a, b }) => ({ c: tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D) }), specs, {
      engine,
    });
    const random = () => ({ shape, data: Float32Array.from({ length: size * size }, Math.random) });
    const feeds = { a: random(), b: random() };
    const into = { c: { shape, data: new Float32Array(size * size) } };
    const elapsed = await seconds(() => program.run(feeds, into), 8);
    best = Math.max(best, (2 * size ** 3) / elapsed);
    await program.dispose();
  }
  return best;
}
