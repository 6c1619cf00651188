import * as tf from '@tensorflow/tfjs';

tf.enableProdMode();
await tf.setBackend('cpu');

/** Evaluates a function of tfjs tensors eagerly and gives its values; nothing leaks. */
export const values = (f: () => tf.Tensor): number[] => tf.tidy(() => Array.from(f().dataSync()));

/** A float32 tensor from numbers. */
export const tensor = (data: readonly number[], shape: number[]): tf.Tensor => tf.tensor([...data], shape);

/** The largest difference of two lists, relative to the largest entry of the second. */
export function relativeError(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) throw new Error(`expected ${expected.length} numbers, got ${found.length}`);
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs((found[i] ?? Number.NaN) - (expected[i] ?? 0)));
    largest = Math.max(largest, Math.abs(expected[i] ?? 0));
    if (Number.isNaN(found[i])) return Number.NaN;
  }
  return difference / largest;
}
