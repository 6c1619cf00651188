import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { compile } from '../../../src/engine/compile.ts';
import type { Engine, Program } from '../../../src/engine/graph/program.ts';
import { EngineError } from '../../../src/ground/errors.ts';

const start = (engine: Engine): Promise<Program> =>
  compile(({ x }) => ({ y: tf.square(x as tf.Tensor) }), { x: { shape: [1] } }, { engine });

test('an eager provider that tfjs does not have is an error that lists them', async () => {
  await expect(start({ kind: 'tfjs', provider: 'abacus', threads: 1 })).rejects.toThrow(
    "engine tfjs, provider 'abacus': expected one of cpu, tensorflow",
  );
});

test('the native provider runs, or says how to install it', async () => {
  const outcome = await start({ kind: 'tfjs', provider: 'tensorflow', threads: 1 }).then(
    async (program) => (await program.run({ x: { shape: [1], data: Float32Array.of(3) } })).y?.data[0],
    (error: unknown) => (error instanceof EngineError ? error.message : error),
  );
  if (outcome !== 9) expect(outcome).toContain('npm install --ignore-scripts=false @tensorflow/tfjs-node');
});

test('an onnx provider that is not in this build is an error that lists those that are', async () => {
  await expect(start({ kind: 'onnx', provider: 'abacus', threads: 1 })).rejects.toThrow(
    /engine onnx, provider 'abacus': expected one that this onnxruntime has: cpu/,
  );
});
