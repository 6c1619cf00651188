import { expect, test } from 'vitest';
import { assemble } from '../../../scripts/assemble.mjs';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { attentionRoom } from '../../../src/teachers/backbone/attention.ts';
import { attentionBytes } from '../../../src/teachers/backbone/attention-bytes.ts';
import type { BackboneConfig } from '../../../src/teachers/backbone/config.ts';
import type { DrawInput, SampledTokens, TokenHead } from '../../../src/teachers/backbone/draw.ts';
import { initialBackbone } from '../../../src/teachers/backbone/initial.ts';
import { backboneSampler, stagedSampler } from '../../../src/teachers/backbone/sampler.ts';
import { isStaged } from '../../../src/teachers/backbone/staged.ts';
import { leftOpen, nothing } from '../../held.ts';

const config: BackboneConfig = {
  ...{ vocabulary: 6, promptLength: 3, imageLength: 5, token: 5 },
  ...{ width: 48, depth: 3, heads: 2 },
};
const parameters = initialBackbone(config, 3);

/** Images of the prompts of some letters, all without a prompt in the other branch. */
function inputOf(letters: readonly number[], name: string): DrawInput {
  const prompts = (middle: readonly number[]): Float32Array => {
    const data = new Float32Array(letters.length * config.promptLength * config.vocabulary);
    for (const [row, letter] of middle.entries())
      for (const [place, id] of [0, letter, 5].entries())
        data[(row * config.promptLength + place) * config.vocabulary + id] = 1;
    return data;
  };
  return {
    letters: prompts(letters),
    nullLetters: prompts(letters.map(() => 4)),
    noise: stream('noise', name).normal(letters.length * config.imageLength * config.token),
  };
}

/** A head that hears both branches, the noise and the position. */
const head: TokenHead = async ({ conditional, unconditional, noise, position }) => ({
  shape: noise.shape,
  data: noise.data.map((value, i) => {
    const row = Math.floor(i / config.token) * config.width;
    return value + (conditional.data[row + (i % config.token)] ?? 0) - (unconditional.data[row + position] ?? 0);
  }),
});

const parts = ({ tokens, conditional, unconditional }: SampledTokens): Float32Array[] =>
  [tokens, conditional, unconditional].map(({ data }) => data);

function largestDifference(left: SampledTokens, right: SampledTokens): number {
  const [others, all] = [parts(right), parts(left)];
  return Math.max(
    ...all.flatMap((part, index) =>
      Array.from(part, (value, i) => Math.abs(value - (others[index]?.[i] ?? Number.NaN))),
    ),
  );
}

test('drawing in pieces gives what the two programs give, in batches of any size, prompt and order', async () => {
  const [plain, staged] = [
    await backboneSampler(parameters, config, cpuEngine()),
    await stagedSampler(parameters, config, cpuEngine()),
  ];
  for (const letters of [[1, 2, 1, 3], [3], [2, 2, 1], [1, 2, 1, 3]]) {
    const input = inputOf(letters, letters.join());
    expect(largestDifference(await staged.sample(input, head), await plain.sample(input, head))).toBeLessThan(1e-5);
  }
  await plain.dispose();
  await staged.dispose();
});

test('a row does not depend on the rows beside it, nor on what was drawn in its memory before', async () => {
  const sampler = await stagedSampler(parameters, config, cpuEngine());
  const all = inputOf([1, 2, 3, 1], 'all');
  const once = await sampler.sample(all, head);
  await sampler.sample(inputOf([3, 1, 1, 2], 'others'), head); // as many rows and prompts: the same memory
  const again = await sampler.sample(all, head);
  expect(parts(again)).toEqual(parts(once));
  const size = config.promptLength * config.vocabulary;
  const last = await sampler.sample(
    {
      letters: all.letters.subarray(3 * size),
      nullLetters: all.nullLetters.subarray(3 * size),
      noise: all.noise.subarray(3 * config.imageLength * config.token),
    },
    head,
  );
  const own = once.tokens.data.subarray(3 * config.imageLength * config.token);
  for (const [i, value] of last.tokens.data.entries()) expect(value).toBeCloseTo(own[i] ?? Number.NaN, 5);
  await sampler.dispose();
});

test('two drawings at a time have memory of their own', async () => {
  const sampler = await stagedSampler(parameters, config, cpuEngine());
  const [left, right] = [inputOf([1, 2], 'left'), inputOf([2, 3], 'right')];
  const alone = [await sampler.sample(left, head), await sampler.sample(right, head)];
  const together = await Promise.all([sampler.sample(left, head), sampler.sample(right, head)]);
  expect(together.map(parts)).toEqual(alone.map(parts));
  await sampler.dispose();
});

test('attention weighs by the softmax of scaled products, large scores and all', () => {
  const room = attentionRoom(config, { rows: 2, prompts: 2 });
  const random = stream('room');
  room.promptOf.set([1, 0]);
  const fill = (data: Float32Array, scale: number) =>
    data.set(random.normal(data.length).map((value) => scale * value));
  const [prompt, tokens] = [room.prompt(1), [0, 1].map((position) => room.token(1, position))];
  for (const { data } of [prompt.key, ...tokens.map(({ key }) => key)]) fill(data, 3);
  for (const { data } of [prompt.value, ...tokens.map(({ value }) => value)]) fill(data, 1);
  fill(room.query.data, 4);
  room.attend(1, 1);
  const [size, length] = [config.width / config.heads, config.promptLength];
  for (const [row, from] of [1, 0].entries())
    for (let part = 0; part < config.heads; part++) {
      const at = row * config.width + part * size;
      const read = (data: Float32Array, start: number) => Array.from(data.subarray(start, start + size));
      const known = (which: 'key' | 'value') => [
        ...Array.from({ length }, (_, i) =>
          read(prompt[which].data, ((from * config.heads + part) * length + i) * size),
        ),
        ...tokens.map((token) => read(token[which].data, at)),
      ];
      const query = read(room.query.data, at);
      const scores = known('key').map(
        (key) => key.reduce((sum, value, i) => sum + value * (query[i] ?? 0), 0) / Math.sqrt(size),
      );
      const most = Math.max(...scores);
      expect(most - Math.min(...scores)).toBeGreaterThan(10);
      const weights = scores.map((score) => Math.exp(score - most));
      const whole = weights.reduce((sum, weight) => sum + weight, 0);
      for (let i = 0; i < size; i++) {
        const mean = known('value').reduce((sum, value, k) => sum + ((weights[k] ?? 0) / whole) * (value[i] ?? 0), 0);
        expect(room.attended.data[at + i]).toBeCloseTo(mean, 5);
      }
    }
});

test('what is not a number stays none', () => {
  const room = attentionRoom(config, { rows: 1, prompts: 1 });
  room.query.data[0] = Number.NaN;
  room.attend(0, 0);
  expect(room.attended.data[0]).toBeNaN();
});

test('pieces serve the processor and heads of eights of numbers alone', () => {
  expect(isStaged(config, cpuEngine())).toBe(true);
  expect(isStaged({ ...config, heads: 4 }, cpuEngine())).toBe(false);
  expect(isStaged(config, { kind: 'onnx', provider: 'webgpu', threads: 1 })).toBe(false);
  expect(isStaged(config, { kind: 'tfjs', provider: 'cpu', threads: 1 })).toBe(false);
});

test('attention is assembled from the text beside it', async () => {
  expect(await assemble('attention')).toBe(attentionBytes);
});

test('a sampler that is disposed of leaves nothing open', async () => {
  expect(await leftOpen(async () => (await stagedSampler(parameters, config, cpuEngine())).dispose())).toEqual(nothing);
});
