import { expect, test } from 'vitest';
import { compile } from '../../../src/engine/compile.ts';
import { valueAndGradients } from '../../../src/engine/graph/gradient.ts';
import type { Engine } from '../../../src/engine/graph/program.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { imageBatches, imageSource } from '../../../src/teachers/image/batch.ts';
import { imageBatchSpecs, imageLoss } from '../../../src/teachers/image/loss.ts';
import { imageConfig, initialImageModel } from '../../../src/teachers/image/model.ts';

const config = imageConfig({
  data: 'mnist',
  patch: 14,
  backbone: { width: 8, depth: 1, heads: 2 },
  head: { width: 8, depth: 1 },
});
const count = 6;
const images = Uint8Array.from(stream('images').uniform(count * 784), (value) => 255 * value);
const labels = Uint8Array.from([0, 1, 2, 3, 4, 5]);
const source = imageSource(config, { count, images, labels });
const batch = imageBatches(source, { seed: 1, batch: 3, draws: 2, promptDropout: 0.5 })(0);
const fresh = initialImageModel(config, 2);
// the fresh head predicts zero: every weight is moved, so that gradients reach all of them
const parameters = Object.fromEntries(
  Object.entries(fresh).map(([name, { shape, data }]) => [
    name,
    {
      shape,
      data: stream('move', name)
        .normal(data.length)
        .map((value, i) => (data[i] ?? 0) + 0.1 * value),
    },
  ]),
);

const gradientProgram = (engine: Engine) =>
  compile(
    (inputs) => {
      const weights = Object.fromEntries(Object.entries(inputs).filter(([name]) => name.includes('/')));
      const { values, gradients } = valueAndGradients((moved) => imageLoss(moved, config, inputs), weights);
      const named = Object.entries(gradients).map(([name, tensor]) => [`gradient ${name}`, tensor]);
      return { ...values, ...Object.fromEntries(named) };
    },
    {
      ...Object.fromEntries(Object.entries(parameters).map(([name, { shape }]) => [name, { shape }])),
      ...imageBatchSpecs(config, 3, 2),
    },
    { engine },
  );

test('a fresh model predicts no flow: its error is E‖x1 − x0‖², and ln 30 a letter that counts', async () => {
  const program = await gradientProgram({ kind: 'onnx', provider: 'cpu', threads: 1 });
  const silent = { ...fresh };
  const head = fresh['backbone/letter_head.weight'];
  if (head !== undefined) silent['backbone/letter_head.weight'] = { ...head, data: new Float32Array(head.data.length) };
  const values = await program.run({ ...silent, ...batch });
  const tokens = batch.tokens?.data ?? [];
  const noise = batch.noise?.data ?? [];
  const weights = Array.from(batch.letterWeights?.data ?? []);
  let error = 0;
  for (let i = 0; i < noise.length; i++) {
    const context = Math.floor(i / (2 * 196));
    error += ((tokens[context * 196 + (i % 196)] ?? 0) - (noise[i] ?? 0)) ** 2 / noise.length;
  }
  const counted = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  expect(values.flow?.data[0]).toBeCloseTo(error, 4);
  expect(values.letters?.data[0]).toBeCloseTo(Math.log(30) * counted, 4);
  expect(values.loss?.data[0]).toBeCloseTo(error + 0.1 * Math.log(30) * counted, 4);
  await program.dispose();
});

test('the traced gradient is the eager one, and no weight is left out', async () => {
  const [traced, eager] = await Promise.all([
    gradientProgram({ kind: 'onnx', provider: 'cpu', threads: 1 }),
    gradientProgram({ kind: 'tfjs', provider: 'cpu', threads: 1 }),
  ]);
  const found = await traced.run({ ...parameters, ...batch });
  const expected = await eager.run({ ...parameters, ...batch });
  for (const name of Object.keys(parameters)) {
    const reference = expected[`gradient ${name}`]?.data ?? [];
    const size = Math.max(...Array.from(reference, Math.abs));
    // a key's bias moves all scores of a row alike, which the softmax does not see
    if (!name.endsWith('key.bias')) expect(size, name).toBeGreaterThan(1e-7);
    const difference = Math.max(
      ...Array.from(found[`gradient ${name}`]?.data ?? [], (value, i) => Math.abs(value - (reference[i] ?? 0))),
    );
    expect(difference, name).toBeLessThan(1e-5 + 1e-3 * size);
  }
  await traced.dispose();
  await eager.dispose();
});
