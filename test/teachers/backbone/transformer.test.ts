import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stream } from '../../../src/ground/random/philox.ts';
import type { BackboneConfig } from '../../../src/teachers/backbone/config.ts';
import { backboneShapes } from '../../../src/teachers/backbone/config.ts';
import { initialBackbone } from '../../../src/teachers/backbone/initial.ts';
import { forward } from '../../../src/teachers/backbone/transformer.ts';

const config: BackboneConfig = {
  vocabulary: 6,
  promptLength: 3,
  imageLength: 4,
  token: 5,
  width: 8,
  depth: 2,
  heads: 2,
};
const parameters = initialBackbone(config, 7);
let previous: string;
beforeAll(async () => {
  previous = tf.getBackend();
  await tf.setBackend('cpu');
});
afterAll(async () => {
  if (previous !== undefined) await tf.setBackend(previous);
});

/** Hidden states and logits after replacing a value of an input by another. */
function run(change?: (letters: Float32Array, tokens: Float32Array) => void) {
  const letters = new Float32Array(3 * 6);
  for (const [at, id] of [0, 1, 5].entries()) letters[at * 6 + id] = 1;
  const tokens = stream('tokens').normal(4 * 5);
  change?.(letters, tokens);
  return tf.tidy(() => {
    const weights = Object.fromEntries(
      Object.entries(parameters).map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]),
    );
    const { hidden, logits } = forward(weights, config, tf.tensor(letters, [1, 3, 6]), tf.tensor(tokens, [1, 4, 5]));
    return { hidden: hidden.squeeze([0]).arraySync() as number[][], logits: logits.arraySync() };
  });
}

test('shapes are one hidden state an image token and logits for all prompt positions but the last', () => {
  const { hidden, logits } = run();
  expect([hidden.length, hidden[0]?.length]).toEqual([4, 8]);
  expect([(logits as number[][][])[0]?.length, (logits as number[][][])[0]?.[0]?.length]).toEqual([2, 6]);
});

test('a token changes the hidden states after it and none before, its own included', () => {
  const before = run().hidden;
  const after = run((_, tokens) => {
    tokens[1 * 5] = 9; // of token 1
  }).hidden;
  expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
  expect(after[2]).not.toEqual(before[2]);
  expect(after[3]).not.toEqual(before[3]);
});

test('the last token is not looked at, the prompt is seen by all', () => {
  const before = run();
  const last = run((_, tokens) => {
    tokens[3 * 5] = 9;
  });
  expect(last).toEqual(before);
  const other = run((letters) => {
    letters[1 * 6 + 1] = 0;
    letters[1 * 6 + 2] = 1;
  });
  for (const [i, row] of before.hidden.entries()) expect(other.hidden[i]).not.toEqual(row);
});

test('fresh weights have the listed shapes, unit gains, and hidden states of unit size', () => {
  expect(Object.fromEntries(Object.entries(parameters).map(([name, { shape }]) => [name, shape]))).toEqual(
    backboneShapes(config),
  );
  expect(new Set(parameters['final_norm.weight']?.data)).toEqual(new Set([1]));
  for (const row of run().hidden) expect(row.reduce((sum, value) => sum + value * value, 0) / 8).toBeCloseTo(1, 4);
});
