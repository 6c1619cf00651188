import { readFile } from 'node:fs/promises';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import type { FeatureSource } from '../../../src/distillation/recipe/recipe.ts';
import { openJudge } from '../../../src/evaluation/features/open-judge.ts';
import { sha256File } from '../../../src/ground/file/sha256.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { int64, model, node, port, tensorProto, written } from '../../engine/onnx-graph/model.ts';
import { leftOpen, nothing } from '../../held.ts';
import { judgeGraph, side, tinyFeatures, tinyJudge } from './tiny-judge.ts';

/** Grey images of whole bytes [N, 6, 6]. */
const count = 70; // more than a batch
const bytes = stream('judge').integers(count * side * side, 256);
const images = { shape: [count, side, side], data: Float32Array.from(bytes, (byte) => byte / 255) };

/** Image `index` in three equal channels, each value by a function. */
const channelsOf = (index: number, of: (value: number) => number): number[] => {
  const own = [...images.data.subarray(index * side * side, (index + 1) * side * side)].map(of);
  return [...own, ...own, ...own];
};

async function featuresOf(source: FeatureSource, of = images) {
  const judge = await openJudge(source);
  return judge.extract(of).finally(() => judge.dispose());
}

function expectRows(
  { shape, data }: { shape: readonly number[]; data: Float32Array },
  rows: readonly number[][],
): void {
  expect(shape).toEqual([rows.length, rows[0]?.length]);
  rows.flat().forEach((value, i) => {
    expect(Math.abs((data[i] ?? Number.NaN) - value), `value ${i}`).toBeLessThan(1e-5);
  });
}

describe('a network of the user’s', () => {
  it('gives the features that plain arithmetic gives, and no logits', async () => {
    const found = await featuresOf(await tinyJudge());
    expect(Object.keys(found)).toEqual(['features']);
    const range = await featuresOf({ model: await tinyJudge(), output: 'features', range: [-1, 1] });
    const rows = Array.from({ length: count }, (_, i) => i);
    expectRows(
      found.features,
      rows.map((row) => tinyFeatures(channelsOf(row, (value) => value)).pooled),
    );
    expectRows(
      range.features,
      rows.map((row) => tinyFeatures(channelsOf(row, (value) => 2 * value - 1)).features),
    );
  });

  it('gives the numbers of onnxruntime itself', async () => {
    const path = await tinyJudge();
    const session = await ort.InferenceSession.create(new Uint8Array(await readFile(path)));
    const all = Array.from({ length: count }, (_, i) => channelsOf(i, (value) => value)).flat();
    const fed = new ort.Tensor('float32', Float32Array.from(all), [count, 3, side, side]);
    const { features } = await session.run({ x: fed }, ['features']);
    await session.release();
    const found = await featuresOf({ model: path, output: 'features' });
    expect(found.features.shape).toEqual(features?.dims);
    const expected = (features?.data ?? []) as Float32Array;
    found.features.data.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 6);
    });
  });

  it('takes the mean of places, or the first, only where it is told', async () => {
    const model = await tinyJudge();
    const { features } = await featuresOf({ model, output: 'places', pool: 'mean' });
    const { features: plain } = await featuresOf({ model, output: 'pooled' });
    features.data.forEach((value, i) => {
      expect(value).toBeCloseTo(plain.data[i] ?? Number.NaN, 5);
    });
    const corner = await featuresOf({ model, output: 'places', pool: 'first' });
    const crop = { shape: [count, 2, 2], data: new Float32Array(count * 4) };
    for (let i = 0; i < count; i++)
      for (const k of [0, 1, 2, 3])
        crop.data[4 * i + k] = images.data[i * side * side + Math.floor(k / 2) * side + (k % 2)] ?? 0;
    const small = await written(cornerModel());
    const { features: expected } = await featuresOf({ model: small, output: 'places', pool: 'mean' }, crop);
    expect(corner.features).toEqual(expected);
    await expect(featuresOf({ model, output: 'places' })).rejects.toThrow(
      `${model}: output "places": expected [images, features], or a pool, got [batch, 4, 5, 5]`,
    );
  });

  it('takes the first of tokens, and their mean', async () => {
    const tokens = await written(
      model({
        node: [node('Reshape', ['x', 'shape'], ['tokens'])],
        input: [port('x', ['n', 1, 2, 3])],
        output: [port('tokens', ['n', 3, 2])],
        initializer: [tensorProto('shape', int64(0, 3, 2))],
      }),
    );
    const two = {
      shape: [2, 2, 3],
      data: Float32Array.of(0, 51, 102, 153, 204, 255, 255, 204, 0, 0, 51, 51).map((x) => x / 255),
    };
    const first = await featuresOf({ model: tokens, pool: 'first', layout: 'nchw' }, two);
    const mean = await featuresOf({ model: tokens, pool: 'mean', layout: 'nchw' }, two);
    expectRows(first.features, [
      [0, 0.2],
      [1, 0.8],
    ]);
    expectRows(mean.features, [
      [0.4, 0.6],
      [(1 + 0 + 0.2) / 3, (0.8 + 0 + 0.2) / 3],
    ]);
  });

  it('may insist on so many images at once', async () => {
    const [free, fixed] = [await featuresOf(await tinyJudge()), await featuresOf(await tinyJudge(32))];
    expect(fixed.features.shape).toEqual(free.features.shape);
    fixed.features.data.forEach((value, i) => {
      expect(value).toBeCloseTo(free.features.data[i] ?? Number.NaN, 6);
    });
  });

  it('gets images resized to its size', async () => {
    const large = { shape: [2, 12, 12], data: new Float32Array(288) };
    for (let i = 0; i < 288; i++) {
      const [image, y, x] = [Math.floor(i / 144), Math.floor((i % 144) / 12), i % 12];
      large.data[i] = images.data[image * 36 + Math.floor(y / 2) * side + Math.floor(x / 2)] ?? 0;
    }
    const { features } = await featuresOf({ model: await tinyJudge(), resize: 'area' }, large);
    expectRows(
      features,
      [0, 1].map((row) => tinyFeatures(channelsOf(row, (value) => value)).pooled),
    );
  });

  it('is called by its file or as the recipe says, and leaves nothing open', async () => {
    const path = await tinyJudge();
    const open = await leftOpen(async () => {
      const judge = await openJudge(path);
      expect(judge).toMatchObject({ name: 'tiny-judge', distance: 'FD-tiny-judge', hash: await sha256File(path) });
      expect(judge.accuracy).toBeUndefined();
      await judge.dispose();
      const named = await openJudge({ model: path, name: 'mine', protocol: 'fid', sha256: await sha256File(path) });
      expect(named).toMatchObject({ name: 'mine', distance: 'FID' });
      await named.dispose();
    });
    expect(open).toEqual(nothing);
  });
});

/** The tiny judge on images of 2 × 2, whose convolution has one place. */
const cornerModel = (): Uint8Array => {
  const { input: _, output: __, ...graph } = judgeGraph();
  return model({ ...graph, input: [port('x', ['batch', 3, 2, 2])], output: [port('places', ['batch', 4, 1, 1])] });
};

describe('a network of the user’s is refused in one line', () => {
  it('of another hash than the recipe states', async () => {
    const path = await tinyJudge();
    await expect(openJudge({ model: path, sha256: '0'.repeat(64) })).rejects.toThrow(
      `${path}: expected SHA-256 ${'0'.repeat(64)}, got ${await sha256File(path)}`,
    );
  });

  it('of operators that the runtime does not have', async () => {
    const path = await written(
      model({
        node: [node('Frobnicate', ['x'], ['y'])],
        input: [port('x', ['n', 1, 4, 4])],
        output: [port('y', ['n', 4])],
      }),
    );
    const error: unknown = await openJudge(path).catch((reason: unknown) => reason);
    expect(String(error)).toMatch(/^EngineError: [^\n]*Frobnicate[^\n]*$/);
  });

  it('whose features are no numbers, or of an image that is none', async () => {
    const path = await written(
      model({
        node: [node('Log', ['x'], ['l']), node('Flatten', ['l'], ['y'])],
        input: [port('x', ['n', 1, 2, 2])],
        output: [port('y', ['n', 4])],
      }),
    );
    const dark = { shape: [1, 2, 2], data: new Float32Array(4) };
    await expect(featuresOf(path, dark)).rejects.toThrow(`${path}: output y: expected finite features, got -Infinity`);
    const odd = { shape: [1, 2, 2], data: new Float32Array(4).fill(Number.NaN) };
    await expect(featuresOf(path, odd)).rejects.toThrow('images: expected finite pixels, got NaN');
  });
});
