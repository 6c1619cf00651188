import { basename } from 'node:path';
import type { TaskKind } from '../../ground/pool/executor.ts';
import { type MeasuredRow, measuredPath, writeMeasured } from './measured-file.ts';
import { writeNeighbourGrid } from './neighbour-grid.ts';
import { type Reference, type ReferenceFiles, readReference } from './reference.ts';
import { rowBreakdown } from './row-breakdown.ts';
import { rowQuality } from './row-quality.ts';
import { writeSampleGrid } from './sample-grid.ts';
import { readSamples } from './samples.ts';

/** What a worker needs to know to measure a row. */
export interface MeasureJob {
  /** Samples of the row, and of the same head at twice the steps where there are such. */
  readonly path: string;
  readonly halved?: string;
  /** Whether it is the teacher's second set, and whether it is of the system's own sampler. */
  readonly other: boolean;
  readonly own: boolean;
  /** Whether it is told where its distance comes from. */
  readonly brokenDown: boolean;
  readonly reference: ReferenceFiles;
  /** Where a picture of its first images goes, where it has images, and whether they are shown as ink on paper. */
  readonly grid: { readonly path: string; readonly inverted: boolean };
  /** Where a picture of those that look most like trained ones goes, of rows that get one. */
  readonly neighbours?: string;
  /** What the result follows from; kept with it. */
  readonly origin: string;
}

/** Measurements of rows as work units. */
export const measureTasks: TaskKind<MeasureJob> = {
  name: 'metrics',
  module: new URL('./measure-worker.ts', import.meta.url),
  idOf: ({ path }) => basename(path, '.safetensors'),
};

/** Measures rows and writes their results and pictures; keeps what they are compared with between jobs. */
export function rowMeasurer(): (job: MeasureJob) => Promise<void> {
  let last: { readonly key: string; readonly reference: Promise<Reference> } | undefined;
  return async (job) => {
    const key = JSON.stringify(job.reference);
    if (last?.key !== key) last = { key, reference: readReference(job.reference) };
    await writeMeasured(measuredPath(job.path), {
      origin: job.origin,
      ...(await measureRow(job, await last.reference)),
    });
  };
}

async function measureRow(job: MeasureJob, reference: Reference): Promise<MeasuredRow> {
  const { path, halved, other, own, brokenDown, grid, neighbours } = job;
  const samples = await readSamples(path);
  const compared = { ...samples, ...(halved !== undefined && { halvedTokens: (await readSamples(halved)).tokens }) };
  if (samples.images !== undefined && !other)
    await writeSampleGrid(grid.path, { pictures: samples.images, inverted: grid.inverted });
  const { images, features } = samples;
  const neighboured =
    neighbours !== undefined &&
    images !== undefined &&
    features !== undefined &&
    reference.images !== undefined &&
    (await writeNeighbourGrid(neighbours, { images, features }, reference.images, grid.inverted));
  return {
    ...(neighboured && { neighboured }),
    pictured: samples.images !== undefined && !other,
    quality: rowQuality(compared, reference, other, own),
    ...(brokenDown && {
      breakdown: rowBreakdown(samples, reference, { guidance: job.reference.guidance, other }),
    }),
  };
}
