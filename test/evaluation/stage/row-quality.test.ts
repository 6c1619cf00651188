import { describe, expect, it } from 'vitest';
import { prepareRows } from '../../../src/evaluation/metric/prepared-rows.ts';
import type { Reference } from '../../../src/evaluation/stage/reference.ts';
import { rowQuality } from '../../../src/evaluation/stage/row-quality.ts';
import type { RowSamples } from '../../../src/evaluation/stage/samples.ts';
import type { Estimate } from '../../../src/ground/estimate.ts';
import { stream } from '../../../src/ground/random/philox.ts';

type Samples = Pick<RowSamples, 'tokens' | 'features' | 'logits'>;

const [images, size, prompts] = [200, 4, 10];
const normal = (key: string, shape: readonly number[]) => ({
  shape: [...shape],
  data: stream('row-quality', key).normal(shape.reduce((a, b) => a * b, 1)),
});
const labels = Int32Array.from({ length: images }, (_, i) => i % prompts);

/** Tokens, and features of images, from the noise of a key. */
const samplesOf = (key: string): Samples => ({
  tokens: normal(`${key} tokens`, [8, 16, 3]),
  features: normal(`${key} features`, [images, size]),
  logits: normal(`${key} logits`, [images, prompts]),
});

const [own, other] = [samplesOf('own'), samplesOf('other')];
const featuresOf = (samples: Samples) => prepareRows(samples.features ?? normal('none', [1, 1]), prompts);
const real = prepareRows(normal('real', [images, size]), prompts);
const reference: Pick<Reference, 'tokens' | 'images'> = {
  tokens: { own: own.tokens, other: other.tokens },
  images: {
    labels,
    prompts,
    blank: { value: new Float32Array(3), tolerance: new Float32Array(3) },
    real,
    teacher: featuresOf(own),
    teacherOther: featuresOf(other),
  },
};

describe('the quality of a row', () => {
  const floor = rowQuality(other, reference, true);

  it('puts a head that gives the teacher’s very samples at the floor, not below it', () => {
    const copy = rowQuality(own, reference, false);
    expect(copy.fdToTeacher?.value).toBeCloseTo(floor.fdToTeacher?.value ?? Number.NaN, 9);
    expect(copy.fdToTeacher?.value).toBeGreaterThan(0);
    expect(copy.fdRatio).toEqual({ value: 1, low: 1, high: 1 });
    expect(copy.endpointError?.value).toBe(0);
  });

  it('pairs a head with the teacher, row by row: what both share is no doubt of their ratio and gap', () => {
    const jitter = normal('jitter', [images, size]).data;
    const features = own.features ?? normal('none', [1, 1]);
    const near = { ...own, features: { ...features, data: features.data.map((x, i) => x + 0.01 * (jitter[i] ?? 0)) } };
    const { fd, fdRatio, fdGap } = rowQuality(near, reference, false);
    const width = (of?: Estimate): number => (of?.high ?? Number.NaN) - (of?.low ?? Number.NaN);
    expect(fdRatio?.value).toBeCloseTo(1, 1);
    expect(width(fdRatio)).toBeLessThan((0.2 * width(fd)) / (fd?.value ?? Number.NaN));
    expect(width(fdGap)).toBeLessThan(0.2 * width(fd));
  });

  it('refuses classes of other than as many images as were asked for', () => {
    const few = { ...own, logits: normal('few logits', [images - 1, prompts]) };
    expect(() => rowQuality(few, reference, false)).toThrow('got 199 and 200');
  });

  it('has no accuracy where the network tells no classes, and all else', () => {
    const { logits: _, ...unclassified } = own;
    const { accuracy, ...all } = rowQuality(own, reference, false);
    expect(accuracy).toBeDefined();
    expect(rowQuality(unclassified, reference, false)).toEqual(all);
  });

  it('refuses images without features', () => {
    expect(() => rowQuality({ tokens: own.tokens }, reference, false)).toThrow('expected their features, got none');
  });

  it('leaves what is paired with the teacher’s noise out of the floor', () => {
    expect(Object.keys(floor)).not.toContain('fdRatio');
    expect(Object.keys(floor)).not.toContain('endpointError');
  });
});
