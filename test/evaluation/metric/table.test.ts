import { describe, expect, it } from 'vitest';
import type { MetricInputs } from '../../../src/evaluation/metric/inputs.ts';
import { defineMetric, measured, measureOn } from '../../../src/evaluation/metric/metric.ts';
import { prepareRows } from '../../../src/evaluation/metric/prepared-rows.ts';
import { metrics } from '../../../src/evaluation/metric/table.ts';
import { qualitySchema } from '../../../src/evaluation/stage/evaluation-file.ts';
import { withRoot } from '../../../src/evaluation/statistics/moments.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { isBetter } from '../../../src/report/summary.ts';

const [count, prompts] = [200, 10];
const ROUNDING = 1e-12;
const normal = (key: string, shape: readonly number[], scale = 1, shift = 0) => ({
  shape: [...shape],
  data: stream('metrics', key)
    .normal(shape.reduce((a, b) => a * b, 1))
    .map((z) => scale * z + shift),
});
const features = (key: string, scale?: number, shift?: number) =>
  prepareRows(normal(key, [count, 4], scale, shift), prompts);
const tokens = (key: string, scale?: number, shift?: number) => normal(`${key} tokens`, [8, 16, 3], scale, shift);
const labels = Int32Array.from({ length: count }, (_, i) => i % prompts);

/** Everything that a metric may need: a head that gives the teacher's very samples. */
const copy = {
  tokens: tokens('own'),
  otherTokens: tokens('other'),
  ownTokens: tokens('system'),
  pairedTokens: tokens('own'),
  halvedTokens: tokens('own'),
  blank: { value: new Float32Array(3), tolerance: new Float32Array(3) },
  features: features('own'),
  trained: normal('trained', [count, 4]),
  real: features('real'),
  otherFeatures: features('other'),
  pairedFeatures: features('own'),
  classes: labels,
  labels,
} satisfies Required<Omit<MetricInputs, 'realMoments'>>;

/** The same of a head that has collapsed to nearly one sample, far away. */
const collapsed: MetricInputs = {
  ...copy,
  tokens: tokens('own', 0.1, 5),
  features: features('own', 0.1, 5),
  classes: labels.map((label) => (label + 1) % prompts),
};

const without = (inputs: MetricInputs, need: keyof MetricInputs): MetricInputs =>
  Object.fromEntries(Object.entries(inputs).filter(([name]) => name !== need));

/** What two sets of features have, however few they are. */
const ofRows = ['kid', 'slicedW2', 'precision', 'recall', 'density', 'coverage'];

const further = defineMetric({
  ...{ name: 'mean', label: 'Mean', unit: 'distance', column: 'mean', best: 'low', table: 'further', curves: [] },
  meaning: 'Mean of all tokens.',
  measure: measureOn(['tokens'], ({ tokens: { data } }) => {
    const value = data.reduce((sum, one) => sum + one, 0) / data.length;
    return { value, low: value, high: value };
  }),
});

describe('the table of metrics', () => {
  it('gives every metric a name, a label and a column of its own, and a meaning in one sentence', () => {
    for (const key of ['name', 'label', 'column'] as const)
      expect(new Set(metrics.map((metric) => metric[key])).size).toBe(metrics.length);
    for (const { name, column, meaning, label } of metrics) {
      expect(name).toMatch(/^[a-z][A-Za-z0-9]*$/);
      expect(column).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(column).not.toMatch(/_(low|high)$/); // the ends of intervals
      expect(label).toMatch(/^\S.*\S$/);
      expect(meaning).toMatch(/^[A-Z][^.]*(\.\d[^.]*)*\.$/);
    }
  });

  it('ranks by one metric before the other', () => {
    const ranks = metrics.flatMap(({ rank }: { readonly rank?: number }) => rank ?? []);
    expect(new Set(ranks).size).toBe(ranks.length);
    expect(ranks.length).toBeGreaterThan(1);
  });

  it.each(metrics.map((metric) => [metric.name, metric] as const))(
    '%s tells a copy of the teacher from a collapsed head',
    (name, metric) => {
      const [good, bad] = [measured(copy, [metric])[name], measured(collapsed, [metric])[name]];
      for (const estimate of [good, bad]) {
        expect(estimate?.low).toBeLessThanOrEqual((estimate?.value ?? Number.NaN) + ROUNDING);
        expect(estimate?.high).toBeGreaterThanOrEqual((estimate?.value ?? Number.NaN) - ROUNDING);
      }
      expect(isBetter(metric, good?.value ?? Number.NaN, bad?.value ?? Number.NaN)).toBe(true);
    },
  );

  it.each(metrics.map((metric) => [metric.name, metric] as const))(
    '%s is not measured where something that it needs is not there',
    (name, metric) => {
      const { needs } = metric.measure;
      expect(needs.length).toBeGreaterThan(0);
      for (const need of needs)
        expect(metric.measure.of(without(copy, need)), `${name} without ${need}`).toBeUndefined();
    },
  );

  it('leaves Fréchet distances out of images that do not outnumber their features, and ranks by others', () => {
    const few = (key: string) => prepareRows(normal(key, [12, 16]), prompts);
    const inputs = { features: few('own'), real: few('real'), pairedFeatures: few('own'), otherFeatures: few('other') };
    expect(Object.keys(measured(inputs, metrics))).toEqual(ofRows);
    const fewer = { features: prepareRows(normal('own', [11, 16]), 1), real: prepareRows(normal('real', [11, 16]), 1) };
    expect(Object.keys(measured(fewer, metrics))).toEqual(['kid', 'slicedW2']);
  });

  it('measures the floors by what they have: no pairs, or features of real images alone', () => {
    const { pairedTokens, pairedFeatures, ...other } = copy;
    const paired = ['fdGap', 'fdRatio', 'endpointError'];
    const all = metrics.map(({ name }) => name);
    expect(Object.keys(measured(other, metrics))).toEqual(all.filter((name) => !paired.includes(name)));
    const real = measured({ features: features('others'), real: copy.real }, metrics);
    expect(Object.keys(real)).toEqual(['fd', 'fdInfinity', ...ofRows]);
  });

  it('takes from mean and covariance of real images what these tell, the same values as from their rows', () => {
    const { real, ...others } = copy;
    if (real.moments === undefined) throw new Error('too few rows');
    const { mean, covariance } = real.moments.moments;
    const inputs = { ...others, realMoments: withRoot({ mean, covariance }) };
    const [byRows, byMoments] = [measured(copy, metrics), measured(inputs, metrics)];
    const lost = [...ofRows, 'memorisation'];
    expect(Object.keys(byMoments)).toEqual(Object.keys(byRows).filter((name) => !lost.includes(name)));
    for (const name of ['fd', 'fdGap', 'fdRatio'] as const)
      expect(byMoments[name]?.value).toBeCloseTo(byRows[name]?.value ?? Number.NaN, 12);
    const width = ({ fd }: typeof byRows): number => (fd?.high ?? Number.NaN) - (fd?.low ?? Number.NaN);
    expect(width(byMoments)).toBeLessThan(0.9 * width(byRows)); // the reference is taken as exact
    expect(byMoments.fdInfinity?.value).toBeGreaterThan(byRows.fdInfinity?.value ?? Number.NaN); // and has no bias
  });

  it('is all that a file may have: one more metric is one more key', () => {
    const quality = measured(copy, [...metrics, further]);
    expect(Object.keys(quality)).toEqual([...metrics.map(({ name }) => name), 'mean']);
    expect(qualitySchema([...metrics, further]).parse(quality)).toEqual(quality);
    expect(() => qualitySchema(metrics).parse(quality)).toThrow('mean');
  });
});
