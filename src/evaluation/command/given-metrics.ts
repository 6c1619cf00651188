/** Numbers that a command measured itself. */
import { z } from 'zod';
import { readJson } from '../../ground/file/json.ts';
import { readSealedJson, writeSealedJson } from '../../ground/file/sealed-json.ts';
import { outputFile } from './output.ts';
import type { Made, Reading } from './reading.ts';
import { type CommandQuality, commandQuality, MOST_METRICS, metricName } from './result.ts';

/** The longest metrics.json. */
const LONGEST = 1 << 20;

const number = z.number('expected a finite number');

const given = z.union(
  [number, z.strictObject({ value: number, low: number, high: number })],
  'expected a finite number, or { value, low, high } of such',
);

const schema = z.record(z.string(), given).superRefine((metrics, context) => {
  const names = Object.keys(metrics);
  const problem = (message: string, path: string[] = []) => context.addIssue({ code: 'custom', message, path });
  if (names.length < 1 || names.length > MOST_METRICS)
    problem(`expected 1 to ${MOST_METRICS} metrics, got ${names.length}`);
  for (const [name, metric] of Object.entries(metrics)) {
    if (!metricName.test(name)) problem('expected a name of letters, digits and _ . @ - (at most 64)', [name]);
    if (typeof metric !== 'number' && !(metric.low <= metric.value && metric.value <= metric.high))
      problem(`expected low ≤ value ≤ high, got ${metric.low}, ${metric.value}, ${metric.high}`, [name]);
  }
});

/** Reads metrics.json: numbers by name, alone or with an interval. Throws FileError. */
async function readMetrics(out: string): Promise<CommandQuality> {
  const metrics = await readJson(await outputFile(out, 'metrics.json', LONGEST), schema);
  return Object.fromEntries(
    Object.entries(metrics).map(([name, metric]) => [
      name,
      typeof metric === 'number' ? { value: metric, low: metric, high: metric } : metric,
    ]),
  );
}

const keptSchema: z.ZodType<Made<CommandQuality>> = z.strictObject({
  content: commandQuality,
  origin: z.string(),
  seconds: z.number().nonnegative(),
});

/** How numbers are read and kept. */
export const metricsReading: Reading<CommandQuality> = {
  suffix: 'json',
  read: readMetrics,
  keep: (path, made) => writeSealedJson(path, keptSchema, made),
  kept: (path) => readSealedJson(path, keptSchema, 'it is made anew'),
};
