import { expect, test } from 'vitest';
import { compile } from '../../../src/engine/compile.ts';
import { named } from '../../../src/engine/graph/named.ts';
import type { Engine } from '../../../src/engine/graph/program.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import type { BackboneConfig } from '../../../src/teachers/backbone/config.ts';
import { initialBackbone } from '../../../src/teachers/backbone/initial.ts';
import { backboneSampler } from '../../../src/teachers/backbone/sampler.ts';
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
const engines: readonly Engine[] = [
  { kind: 'tfjs', provider: 'cpu', threads: 1 },
  { kind: 'onnx', provider: 'cpu', threads: 1 },
];

function oneHot(rows: readonly (readonly number[])[]): Float32Array {
  const data = new Float32Array(rows.length * config.promptLength * config.vocabulary);
  for (const [at, id] of rows.flat().entries()) data[at * config.vocabulary + id] = 1;
  return data;
}

test.each(engines)('on $kind, hidden states of cached sampling equal those of the full forward', async (engine) => {
  const parameters = initialBackbone(config, 3);
  const rows = 3;
  const letters = oneHot([
    [0, 1, 5],
    [0, 2, 5],
    [0, 3, 5],
  ]);
  const nulls = oneHot(Array.from({ length: rows }, () => [0, 4, 5]));
  const noise = stream('noise', 1).normal(rows * config.imageLength * config.token);
  const sampler = await backboneSampler(parameters, config, engine);
  const sampled = await sampler.sample(
    { letters, nullLetters: nulls, noise },
    async ({ conditional, unconditional, noise, position }) => ({
      shape: noise.shape,
      data: noise.data.map(
        (value, i) =>
          value * 0.5 +
          (conditional.data[Math.floor(i / config.token) * config.width] ?? 0) -
          (unconditional.data[Math.floor(i / config.token) * config.width + 1] ?? 0) +
          position,
      ),
    }),
  );
  const whole = await compile(
    (inputs) => ({ hidden: forward(inputs, config, named(inputs, 'letters'), named(inputs, 'tokens')).hidden }),
    {
      letters: { shape: ['batch', config.promptLength, config.vocabulary] },
      tokens: { shape: ['batch', config.imageLength, config.token] },
    },
    { engine, constants: parameters },
  );
  const shape = [rows, config.promptLength, config.vocabulary];
  const conditional = await whole.run({ letters: { shape, data: letters }, tokens: sampled.tokens });
  const unconditional = await whole.run({ letters: { shape, data: nulls }, tokens: sampled.tokens });
  expect(largestDifference(sampled.conditional.data, conditional.hidden?.data)).toBeLessThan(1e-5);
  expect(largestDifference(sampled.unconditional.data, unconditional.hidden?.data)).toBeLessThan(1e-5);
  expect(largestDifference(sampled.conditional.data, sampled.unconditional.data)).toBeGreaterThan(1e-2);
  await sampler.dispose();
});

function largestDifference(left: ArrayLike<number>, right: ArrayLike<number> | undefined): number {
  expect(right?.length).toBe(left.length);
  return Math.max(...Array.from(left, (value, i) => Math.abs(value - (right?.[i] ?? Number.NaN))));
}
