import { z } from 'zod';
import { checked, parseJson } from '../../ground/file/json.ts';
import { uniformTimes } from '../../heads/solver/solver.ts';
import { type SamplerName, samplers } from './sampler/table.ts';

/** Times of a student's own from 0 to 1, by sampler and step count; a count that is not there takes equal steps. */
export type StudentTimes = { readonly [Sampler in SamplerName]?: Readonly<Record<string, readonly number[]>> };

/** How a student moves: its sampler, and its own times where it has some. */
export interface TimedSampler {
  readonly sampler: SamplerName;
  readonly times?: StudentTimes;
}

/** The student's own times for a step count [steps + 1], if it has some. */
export const ownTimes = ({ sampler, times }: TimedSampler, steps: number): readonly number[] | undefined =>
  times?.[sampler]?.[steps];

/** The times of a student's steps [steps + 1]: its own, else equal ones. */
export const stepTimes = (student: TimedSampler, steps: number): Float32Array =>
  Float32Array.from(ownTimes(student, steps) ?? uniformTimes(steps));

/** Step counts of which a student may have times of its own: one step has no time between, recipes allow 64. */
const count = z.string().regex(/^([2-9]|[1-5]\d|6[0-4])$/, 'expected step counts from 2 to 64');

/** Times of steps from 0 to 1, by step count. */
export const timesByCount = z.record(count, z.array(z.number()).max(65)).check(({ value, issues }) => {
  for (const [steps, times] of Object.entries(value))
    if (!areTimes(times, Number(steps)))
      issues.push({
        code: 'custom',
        path: [steps],
        input: times,
        message: `expected ${Number(steps) + 1} rising times from 0 to 1`,
      });
});

const schema = z.partialRecord(z.enum(Object.keys(samplers) as SamplerName[]), timesByCount);

/** Whether numbers are the times of so many steps, also in the network's float32. */
export function areTimes(times: readonly number[], steps: number): boolean {
  const rising = times.every((time, i) => i === 0 || Math.fround(time) > Math.fround(times[i - 1] ?? Number.NaN));
  return times.length === steps + 1 && times[0] === 0 && times[steps] === 1 && rising;
}

/** A student's times as the metadata of its file. */
export const timesTexts = (times: StudentTimes | undefined): Record<string, string> =>
  times === undefined ? {} : { times: JSON.stringify(times) };

/** Reads them back. Throws FileError where they are none. */
export function readTimes(path: string, text: string | undefined): { readonly times?: StudentTimes } {
  if (text === undefined) return {};
  const place = `${path}: metadata times`;
  return { times: checked(place, parseJson(place, Buffer.from(text)), schema) };
}
