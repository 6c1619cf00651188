import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs';
import { EngineError } from '../../ground/errors.ts';

const require = createRequire(import.meta.url);

/** Has tfjs's own kernels of the cpu, which the built package loads when they are asked for: tracing needs none. */
export function needCpuBackend(): void {
  if (tf.engine().registryFactory.cpu === undefined) require('@tensorflow/tfjs-backend-cpu');
}

/**
 * Runs a synchronous function while a tfjs backend is the current one, inside `tf.tidy`, then puts the previous
 * backend back. The backend must have been initialised (`await tf.setBackend(name)` once) or have a synchronous factory.
 */
export function onBackend<Result>(name: string, run: () => Result): Result {
  const previous: string | undefined = tf.getBackend();
  switchTo(name);
  tf.engine().startScope();
  try {
    return run();
  } finally {
    tf.engine().endScope();
    if (previous !== undefined && previous !== name) switchTo(previous);
  }
}

function switchTo(name: string): void {
  if (tf.getBackend() === name) return;
  if (name === 'cpu') needCpuBackend();
  if (tf.findBackend(name) === null) throw new EngineError(`tfjs backend '${name}': expected an installed one`);
  void tf.setBackend(name); // Its work is done synchronously for a backend that exists; only its result is a promise.
}
