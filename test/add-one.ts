import * as tf from '@tensorflow/tfjs';
import { compile } from '../src/engine/compile.ts';
import { cpuEngine } from '../src/engine/graph/program.ts';

/** Adds 1 to a number by a program of onnxruntime. */
export async function addOne(value: number): Promise<number> {
  const sum = ({ x }: { readonly x?: tf.Tensor }) => ({ y: tf.add(x ?? 0, 1) });
  const program = await compile(sum, { x: { shape: [1] } }, { engine: cpuEngine() });
  const { y } = await program.run({ x: { shape: [1], data: Float32Array.of(value) } });
  await program.dispose();
  return y?.data[0] ?? Number.NaN;
}
