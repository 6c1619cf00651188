/** `evaluation.json`: sealed, and checked as strictly as a recipe where it is read, for it may come from elsewhere. */
import { join } from 'node:path';
import { z } from 'zod';
import { trainedPrecision } from '../../distillation/train/student-facts.ts';
import { settledPrecision } from '../../distillation/trajectory/precision.ts';
import { estimate } from '../../ground/estimate-schema.ts';
import { shownText as text, wordPattern } from '../../ground/field.ts';
import { insidePath } from '../../ground/file/inside.ts';
import { formatSealed, readSealedJson } from '../../ground/file/sealed-json.ts';
import { derived } from '../../ground/plugin/table.ts';
import { breakdownSchema } from '../breakdown/breakdown-schema.ts';
import { byCommandSchema } from '../command/result.ts';
import type { Metric } from '../metric/metric.ts';
import { metrics } from '../metric/table.ts';
import type { Evaluation } from './result.ts';

const share = z.number().min(0).max(1);
const countOf = z.number().nonnegative();

/** The metrics of a table, each there or not; no others. */
export const qualitySchema = (table: readonly Metric[]) =>
  z.strictObject(
    Object.fromEntries(table.map(({ name, meaning }) => [name, estimate.describe(meaning).exactOptional()])),
    { error: unknownMetric },
  );

/** A metric that is none of ours may be that of a plug-in, without which nothing is known of it. */
const unknownMetric = (issue: { readonly code: string | undefined; readonly keys?: unknown }): string | undefined =>
  issue.code === 'unrecognized_keys'
    ? `expected known metrics, got ${String(issue.keys)}: where a plug-in measures it, name that by --plugin`
    : undefined;

const qualities = derived(() => qualitySchema(metrics));

const latency = z.strictObject({
  batch: z.int().positive(),
  calls: z.int().positive(),
  p50: countOf,
  p90: countOf,
  p99: countOf,
});

const speed = z.strictObject({
  latency: z.array(latency),
  imagesPerSecond: z.number().positive().exactOptional(),
  headShare: share.exactOptional(),
  amdahlLimit: z.number().min(1).exactOptional(),
});

const cost = z.strictObject({
  cacheForwards: countOf,
  startForwards: countOf.exactOptional(),
  trainingForwards: countOf,
  totalForwards: countOf,
  trainingSeconds: countOf,
  trainingSteps: countOf,
});

/** Who made it: host names and processors are shown as they are written. */
const makers = z.strictObject({
  mixed: z.boolean(),
  machines: z
    .array(z.strictObject({ host: text, cpu: text, units: z.record(text, z.int().nonnegative()), seconds: countOf }))
    .max(10_000),
});

const inside = insidePath('the run’s folder');

/** What becomes a part of a path is as narrow here as in a recipe; a row's name may have several words. */
const word = z.string().regex(wordPattern, 'expected lower-case letters, digits and dashes (at most 64)');
const words = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*(,? [a-z0-9-]+)*$/, 'expected words of lower-case letters and digits');
const hash = z.string().regex(/^[0-9a-f]{1,64}$/, 'expected a hash');

const row = derived(() =>
  z.strictObject({
    kind: z.enum(['teacher', 'student', 'solver']),
    name: words,
    method: word,
    seed: z.int().nonnegative(),
    steps: z.int().positive(),
    nfe: z.number().positive(),
    guidance: z.number(),
    student: word.exactOptional(),
    sampler: word.exactOptional(),
    fit: word.exactOptional(),
    times: z.array(z.number().min(0).max(1)).max(65).exactOptional(),
    noiseScales: z.array(z.number().positive()).max(64).exactOptional(),
    stepsByToken: z.array(z.int().positive()).max(65_536).exactOptional(),
    own: z.literal(true).exactOptional(),
    quality: qualities(),
    breakdown: breakdownSchema.exactOptional(),
    speed: speed.exactOptional(),
    cost: cost.exactOptional(),
    grid: inside.exactOptional(),
    neighbours: inside.exactOptional(),
  }),
);

const distinct = (rows: readonly z.output<ReturnType<typeof row>>[]): boolean =>
  new Set(rows.map(({ name, steps, seed }) => `${name}/${steps}/${seed}`)).size === rows.length;

const rows = derived(() => z.array(row()).min(1).refine(distinct, 'expected every name, step count and seed once'));

/** What the file holds, without its seal. */
export const evaluationSchema = derived(
  (): z.ZodType<Evaluation> =>
    z.strictObject({
      recipe: word,
      recipeHash: hash,
      preview: z.boolean(),
      command: text,
      createdAt: text,
      samples: z.int().positive(),
      unit: z.enum(['images', 'tokens']),
      teacher: z.strictObject({ name: text, hash, parameters: countOf }),
      features: z
        .strictObject({
          ...{ name: text, hash },
          distance: z
            .string()
            .regex(/^(FID|FD-[a-z0-9][a-z0-9-]{0,63})$/, 'expected FID or FD-<name>')
            .exactOptional(),
          accuracy: share.exactOptional(),
        })
        .exactOptional(),
      statistics: z.strictObject({ name: text, hash, images: z.int().positive().exactOptional() }).exactOptional(),
      floors: z.strictObject({
        teacherTeacher: qualities(),
        breakdown: breakdownSchema.exactOptional(),
        realReal: qualities().exactOptional(),
      }),
      paths: z
        .strictObject({ energy: estimate, byInterval: z.array(z.number().nonnegative()).min(1).max(1024) })
        .exactOptional(),
      precision: settledPrecision.exactOptional(),
      trainings: z
        .array(trainedPrecision.extend({ name: text, seed: z.int() }))
        .min(1)
        .exactOptional(),
      rows: rows(),
      otherGuidance: z
        .array(z.strictObject({ guidance: z.number(), teacherTeacher: qualities(), rows: rows() }))
        .exactOptional(),
      byCommand: byCommandSchema.exactOptional(),
      realGrid: inside.exactOptional(),
      environment: z.record(text, z.union([text, z.number()])),
      workers: makers.exactOptional(),
      stageSeconds: z.record(text, countOf),
    }),
);

const fileOf = (folder: string): string => join(folder, 'evaluation.json');

/** An evaluation as the text of its file in a folder. Throws FileError where it cannot be read back. */
export const evaluationText = (folder: string, evaluation: Evaluation): string =>
  formatSealed(fileOf(folder), evaluationSchema(), evaluation);

/** Reads the evaluation in the folder of a run or a report. Throws FileError that names the place in the file. */
export const readEvaluation = (folder: string): Promise<Evaluation> =>
  readSealedJson(
    fileOf(folder),
    evaluationSchema(),
    'run `fewstep evaluate` again: samples that are whole are kept, and measured anew',
  );
