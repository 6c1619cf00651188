import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { onBackend } from '../../../src/engine/graph/backend.ts';
import { onnxFunction } from '../../../src/engine/onnx-graph/onnx-function.ts';
import { readOnnxGraph } from '../../../src/engine/onnx-graph/read.ts';
import { DataError, FileError } from '../../../src/ground/errors.ts';
import { numbers } from '../graph/agreement.ts';
import { written } from './model.ts';
import { inputSpecs } from './specs.ts';

const fixture = (name: string) => readFile(fileURLToPath(new URL(`fixtures/${name}`, import.meta.url)));

/** The same bytes with some of them changed. */
function damaged(bytes: Uint8Array, seed: number): Uint8Array {
  const copy = bytes.slice();
  const [count = 1, ...places] = numbers(40, seed, 0, 1);
  for (const place of places.slice(0, 1 + Math.floor(count * 4))) {
    const at = Math.floor(place * copy.length);
    const value = Math.floor(((place * copy.length) % 1) * 256);
    copy[at] = value;
  }
  return copy;
}

/** Reads and runs a file; gives what was thrown. */
async function outcome(bytes: Uint8Array): Promise<unknown> {
  try {
    const graph = await readOnnxGraph(await written(bytes));
    const names = graph.inputs.flatMap(({ dimensions }) => dimensions.filter((size) => typeof size === 'string'));
    const specs = inputSpecs(graph, Object.fromEntries(names.map((name) => [name, 2])));
    onBackend('cpu', () => {
      const inputs = Object.entries(specs).map(([name, { shape, dtype }]) => [name, tf.ones(shape as number[], dtype)]);
      const parameters = Object.entries(graph.parameters).map(([name, { data, shape }]) => [
        name,
        tf.tensor(data, [...shape]),
      ]);
      onnxFunction(graph)(Object.fromEntries(parameters), Object.fromEntries(inputs));
    });
    return undefined;
  } catch (error) {
    return error;
  }
}

test.each(['transformer-script.onnx', 'residual-dynamo.onnx', 'convolutional-dynamo.onnx'])(
  '%s with bytes changed anywhere gives a result or one line of an error',
  async (name) => {
    const bytes = new Uint8Array(await fixture(name));
    expect(await outcome(bytes)).toBeUndefined();
    for (let seed = 1; seed <= Number(process.env.ONNX_FUZZ ?? 40); seed++) {
      const error = await outcome(damaged(bytes, seed));
      const known = error === undefined || error instanceof DataError || error instanceof FileError;
      expect(known && !(error instanceof Error && error.message.includes('\n')), `seed ${seed}: ${error}`).toBe(true);
    }
  },
);
