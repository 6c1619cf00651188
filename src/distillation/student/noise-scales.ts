/**
 * Factors on a student's noise: of a token's first one, and of those that are added between its steps. What students learn is a
 * little narrower than the teacher; a wider start and a narrower noise between two steps make up for some of it.
 */
import { z } from 'zod';
import { counted } from '../../ground/counted.ts';
import { checked, parseJson } from '../../ground/file/json.ts';
import { type SamplerName, samplers } from './sampler/table.ts';

/** Factors by sampler and step count: the first noise's, then those of each new one; a count that is not there has none. */
export type NoiseScales = { readonly [Sampler in SamplerName]?: Readonly<Record<string, readonly number[]>> };

/** How a student is given noise. */
export interface ScaledSampler {
  readonly sampler: SamplerName;
  readonly noiseScales?: NoiseScales;
}

/** How many noises a sampler takes for so many steps. */
export const noisesOf = (sampler: SamplerName, steps: number): number => (samplers[sampler].renoises ? steps : 1);

/** The factors of a student's noises at a step count; undefined where all are one. */
export const noiseScalesOf = ({ sampler, noiseScales }: ScaledSampler, steps: number): readonly number[] | undefined =>
  noiseScales?.[sampler]?.[steps];

const count = z.string().regex(/^([1-9]|[1-5]\d|6[0-4])$/, 'expected step counts from 1 to 64');

/** Factors by step count. */
export const scalesByCount = z.record(count, z.array(z.number().min(0.1).max(10)).min(1).max(64));

const schema = z
  .partialRecord(z.enum(Object.keys(samplers) as SamplerName[]), scalesByCount)
  .check(({ value, issues }) => {
    for (const [sampler, counts = {}] of Object.entries(value))
      for (const [steps, scales] of Object.entries(counts)) {
        const expected = noisesOf(sampler as SamplerName, Number(steps));
        if (scales.length === expected) continue;
        const message = `expected ${counted(expected, 'factors')}, got ${scales.length}`;
        issues.push({ code: 'custom', path: [sampler, steps], input: scales, message });
      }
  });

/** A student's factors as the metadata of its file. */
export const noiseTexts = (scales: NoiseScales | undefined): Record<string, string> =>
  scales === undefined ? {} : { noiseScales: JSON.stringify(scales) };

/** Reads them back. Throws FileError where they are none. */
export function readNoiseScales(path: string, text: string | undefined): { readonly noiseScales?: NoiseScales } {
  if (text === undefined) return {};
  const place = `${path}: metadata noiseScales`;
  return { noiseScales: checked(place, parseJson(place, Buffer.from(text)), schema) };
}
