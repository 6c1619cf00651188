import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as native from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentProgress } from '../../../../src/command-line/progress.ts';
import { writeWebBundle } from '../../../../src/distillation/export/web/bundle.ts';
import { type LoadOptions, load, toRgba, type WebModel } from '../../../../src/distillation/export/web/generate.ts';
import { type Asked, type Drawn, differences, drawnBySample } from '../../../drawn-by-sample.ts';
import { type WebRun, webRun } from '../../../web-run.ts';

web.env.wasm.numThreads = 1;

const read = (address: URL): Promise<Uint8Array> => readFile(fileURLToPath(address));

let folder = '';
let run: WebRun;
const bundle = (): string => join(folder, 'bundle');
const opened = (options: Omit<LoadOptions, 'read'> = { ort: native }): Promise<WebModel> =>
  load(pathToFileURL(bundle()), { read, ...options });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-web-'));
  run = await webRun(folder);
  const { recipe, requests: students } = run;
  await writeWebBundle({ recipe, hash: 'abcd', students, folder: bundle(), runtime: undefined }, silentProgress);
});
afterAll(() => rm(folder, { recursive: true }));

/** What `fewstep sample` draws of a student at a step count. */
async function sampled(label: string, asked: Asked): Promise<Drawn> {
  const drawn = (await drawnBySample(run.recipe, run.trained, asked)).find((block) => block.label === label);
  if (drawn === undefined) throw new Error(`no block ${label}`);
  return drawn;
}

const digits = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

/** Tokens within 1e-4; no pixel further than the edge of a level that such a token may cross. */
function expectEqual(found: ReturnType<typeof differences>): void {
  expect(found.tokens).toBeLessThan(1e-4);
  expect(found.levels).toBeLessThanOrEqual(1);
  expect(found.share).toBeLessThan(0.01);
}

describe.each([
  ['map', 1],
  ['map', 3],
  ['noisy', 3],
] as const)('a bundle’s %s at %i steps', (student, steps) => {
  it('draws what `fewstep sample` draws, more images than go side by side, too', async () => {
    const prompts = Array.from({ length: 53 }, (_, i) => digits[(7 * i) % 10] ?? '');
    const expected = await sampled(`${student}, ${steps} step${steps === 1 ? '' : 's'}`, {
      prompts,
      seed: 5,
      steps: [steps],
    });
    const model = await opened();
    const images = await model.generate({ prompts, seed: 5, student, steps });
    expectEqual(differences(expected, images));
    expect(images.map(({ prompt }) => prompt)).toEqual(prompts);
    expect(differences(expected, await model.generate({ prompts, seed: 6, student, steps })).tokens).toBeGreaterThan(
      0.1,
    );
    await model.release();
  });
});

it.each([
  ['onnxruntime-web', { ort: web }],
  ['a module at an address', { ort: pathToFileURL(fileURLToPath(import.meta.resolve('onnxruntime-node'))) }],
])('runs on %s', async (_, options) => {
  const expected = await sampled('noisy, 3 steps', { prompts: digits, seed: 1, steps: [3] });
  const model = await opened(options);
  expectEqual(differences(expected, await model.generate({ prompts: digits, student: 'noisy' })));
  await model.release();
});

it('draws under the scale that is asked for, and the recipe’s unless one is', async () => {
  const model = await opened();
  const [usual] = await model.generate({ prompt: 'three' });
  const [same] = await model.generate({ prompt: ' Three', guidance: 1.5, seed: 1, steps: 3, student: 'map' });
  const [other] = await model.generate({ prompt: 'three', guidance: 4 });
  expect(same).toEqual(usual);
  expect(other?.tokens).not.toEqual(usual?.tokens);
});

it('tells of each token, with what is not drawn yet empty', async () => {
  const model = await opened();
  const seen: [number, number][] = [];
  const left: boolean[] = [];
  const images = await model.generate({
    prompts: ['one', 'two'],
    onToken: async ({ made, total, images: soFar }) => {
      seen.push([made, total]);
      const [, second] = soFar();
      left.push(second?.pixels.subarray(28 * 27).every((level) => level === 0) ?? false);
    },
  });
  expect(seen).toEqual([2, 4, 6, 8].map((made) => [made, 8]));
  expect(left).toEqual([true, true, expect.any(Boolean), false]);
  expect(images).toHaveLength(2);
});

it('serves calls one after the other, and goes on after one that failed', async () => {
  const model = await opened();
  const prompt = 'four';
  const wrong = model.generate({
    prompt,
    onToken: () => {
      throw new Error('stopped');
    },
  });
  const both = Promise.all([model.generate({ prompt }), model.generate({ prompt })]);
  await expect(wrong).rejects.toThrow('stopped');
  const [one, two] = await both;
  expect(one).toEqual(two);
});

it('says what is wrong with a request', async () => {
  const model = await opened();
  const refusals: [request: Parameters<WebModel['generate']>[0], message: string][] = [
    [{}, 'prompts: expected 1 to 10000, got 0'],
    [{ prompt: 'thre' }, 'prompt thre: expected one of zero, one,'],
    [{ prompt: 'one', steps: 2 }, 'steps: expected one of 1, 3, which map has in this bundle, got 2'],
    [{ prompt: 'one', student: 'other' }, 'student: expected one of map, noisy, got other'],
    [{ prompt: 'one', guidance: Number.NaN }, 'guidance: expected a number from 0 to 100, got NaN'],
    [{ prompt: 'one', seed: 1.5 }, 'seed: expected a whole number from 0 to 4294967295, got 1.5'],
  ];
  for (const [request, message] of refusals) await expect(model.generate(request)).rejects.toThrow(message);
});

it('says what is wrong with a bundle', async () => {
  const bytes = (text: string) => ({ read: async () => new TextEncoder().encode(text), ort: native });
  await expect(load('http://localhost/x', bytes('{'))).rejects.toThrow(
    'http://localhost/x/model.json: expected the model.json',
  );
  await expect(load('http://localhost/x/', bytes('{"format":"z"}'))).rejects.toThrow(
    'expected format fewstep-web-1, got "z"',
  );
  await expect(load(pathToFileURL(bundle()), { read })).rejects.toThrow(
    /bundle\/ort\/ort\.wasm\.min\.mjs: expected onnxruntime-web, found no module; copy/,
  );
});

it('makes of bytes what a canvas takes', () => {
  const image = { prompt: '', width: 2, height: 1, tokens: new Float32Array(0) };
  const [grey, colour] = [Uint8ClampedArray.of(0, 200), Uint8ClampedArray.of(1, 2, 3, 4, 5, 6)];
  expect([...toRgba({ ...image, channels: 1, pixels: grey }, { inverted: true })]).toEqual([
    255, 255, 255, 255, 55, 55, 55, 255,
  ]);
  expect([...toRgba({ ...image, channels: 3, pixels: colour }, { inverted: false })]).toEqual([
    1, 2, 3, 255, 4, 5, 6, 255,
  ]);
});
