/** The units of a recipe's run with their times, as a measured run tells them. */

import type { DistillRecipe } from '../../distillation/recipe/recipe.ts';
import { studentTasks } from '../../distillation/train/student-job.ts';
import { studentJobs } from '../../distillation/train/students.ts';
import { heldOutSizes } from '../../distillation/trajectory/held-out.ts';
import { shardBytes } from '../../distillation/trajectory/shard.ts';
import { FileError } from '../../ground/errors.ts';
import { median } from '../../ground/median.ts';
import type { TaskKindName } from '../../ground/pool/executor.ts';
import { sumOf } from '../../ground/sum.ts';
import type { Teacher } from '../../teachers/teacher.ts';
import { planOf } from '../plan.ts';
import type { MeasuredKind, MeasuredRun } from './measured-run.ts';
import type { SimulatedStage, SimulatedUnit, Workload } from './model.ts';
import { heldOutWork, shardWork, unitWorks } from './unit-work.ts';

/** What a workload follows from. */
export interface WorkloadOptions {
  readonly teacher: Pick<Teacher, 'evaluations' | 'images' | 'own' | 'token' | 'condition'>;
  readonly measured: MeasuredRun;
  /** The contexts of the trajectories; the recipe's unless given. */
  readonly contexts?: number;
  /** Workers that will share the units: the last ones of a kind are told apart, others come in rows. */
  readonly workers: number;
}

/** A workload, and what of it no measurement tells. */
export interface DescribedWorkload extends Workload {
  readonly shards: number;
  readonly notes: readonly string[];
}

/** The workload of a recipe. Throws FileError where nothing measured tells of its trajectories. */
export function workloadOf(recipe: DistillRecipe, options: WorkloadOptions): DescribedWorkload {
  const { teacher, measured, contexts = recipe.trajectories.contexts } = options;
  const scaled = { ...recipe, trajectories: { ...recipe.trajectories, contexts } };
  const shards = shardStage(scaled, options);
  const cache = sumOf(shards.units, ({ writes, count }) => writes * count);
  const works = unitWorks(scaled, teacher);
  const { groups } = planOf(recipe, '', teacher.own ? { own: teacher.own } : {}, { mixed: false });
  const notes: string[] = [];
  const stages = [shards];
  for (const { kind, units, needs = {} } of groups) {
    if (kind === 'trajectories' || units.length === 0) continue;
    const times = measured.kinds.get(kind);
    if (times === undefined) notes.push(unmeasured(kind));
    if (times === undefined && kind === 'metrics') continue;
    const sorted = kind === 'solvers' || kind === 'samples' ? dearestFirst(units, works[kind]) : units;
    const unit = unitOf({ kind, times, shards: timesOf(measured), works: works[kind] });
    const reads = kind === 'students' ? cache : 0;
    stages.push({
      ...{ kind, uncertainty: uncertaintyOf(times) },
      units: sorted.map((id) => {
        const place = sorted.indexOf(needs[id] ?? '');
        const every = kind === 'students' ? checkpointShare(recipe, id) : 0;
        const one = unit(id);
        return {
          ...{ ...one, reads, ...(every > 0 && { keepsEvery: one.seconds * every }) },
          ...(place >= 0 && { needs: place }),
        };
      }),
      start: { seconds: times?.start ?? 0, reads: kind === 'solvers' ? cache : 0 },
      before: { seconds: measured.gaps.get(kind) ?? 0, reads: cache * (readsBefore[kind] ?? 0) },
    });
  }
  return { stages, afterwards: measured.afterwards, shards: sumOf(shards.units, ({ count }) => count), notes };
}

/** How often the coordinator reads the whole cache before a kind: to seal it; to check and open it for the fits. */
const readsBefore: { readonly [Kind in TaskKindName]?: number } = { students: 1, solvers: 2 };

const unmeasured = (kind: TaskKindName): string =>
  kind === 'metrics'
    ? 'metrics: left out, as no unit of them was measured'
    : `${kind}: by their head forwards and the speed of trajectories, as no unit of them was measured`;

/** The times of trajectories. Throws FileError where none were measured. */
function timesOf({ kinds }: MeasuredRun): MeasuredKind {
  const times = kinds.get('trajectories');
  if (times !== undefined) return times;
  throw new FileError('expected a run with measured trajectories, found none: all other times follow from theirs');
}

/** How well a mean is known: the spread of its units over the square root of their number. */
const uncertaintyOf = (times: MeasuredKind | undefined): number =>
  times === undefined ? UNMEASURED : times.spread / Math.sqrt(times.measured);

/** The uncertainty of a kind that was not measured, and the least spread of a unit that was measured itself. */
const [UNMEASURED, LEAST_SPREAD] = [0.5, 0.05];

interface UnitFacts {
  readonly kind: TaskKindName;
  readonly times: MeasuredKind | undefined;
  readonly shards: MeasuredKind;
  readonly works: ReadonlyMap<string, number>;
}

/**
 * A unit by its name: its own measured time, where there is one, scaled by what it computes now; else that of its kind. How
 * much a unit that was measured once would scatter is known of trajectories, whose units are alike.
 */
function unitOf({ times, shards, works }: UnitFacts): (id: string) => SimulatedUnit {
  const line = ({ base, each }: MeasuredKind, work: number): number => base + each * work;
  const usual = times === undefined ? 0 : median([...times.bytes.values()]);
  return (id) => {
    const work = works.get(id) ?? 0;
    const own = times?.units.get(id);
    const common = { count: 1, reads: 0, writes: times?.bytes.get(id) ?? usual };
    if (times === undefined) return { ...common, seconds: shards.each * work, spread: shards.spread };
    if (own === undefined) return { ...common, seconds: line(times, work), spread: times.spread };
    const seconds = Math.max(0, own.seconds - times.base) * (work / own.work) + Math.min(times.base, own.seconds);
    return { ...common, seconds, spread: Math.min(times.spread, Math.max(LEAST_SPREAD, shards.spread)) };
  };
}

const dearestFirst = (units: readonly string[], works: ReadonlyMap<string, number>): string[] =>
  units.toSorted((a, b) => (works.get(b) ?? 0) - (works.get(a) ?? 0));

/** The part of a student's training between two checkpoints. */
function checkpointShare(recipe: DistillRecipe, id: string): number {
  const job = studentJobs(recipe, { run: '', cache: '' }).find((one) => studentTasks.idOf(one) === id);
  return job === undefined ? 0 : Math.min(1, job.student.training.checkpointEvery / job.student.training.steps);
}

/** Shards at the end of a stage are simulated one by one, so many a worker; the others in so many rows a worker. */
const [SINGLE, ROWS] = [8, 64];

function shardStage(recipe: DistillRecipe, { teacher, measured, workers }: WorkloadOptions): SimulatedStage {
  const { contexts, shardRows } = recipe.trajectories;
  const times = timesOf(measured);
  const { spread, base, each } = times;
  const shard = (rows: number, count: number): SimulatedUnit => ({
    ...{ count, spread, reads: 0, seconds: base + each * shardWork(recipe, teacher, rows) },
    writes: shardBytes(rows, { ...recipe.trajectories, ...teacher }),
  });
  const heldOut = heldOutSizes(recipe.trajectories);
  const full = Math.floor(contexts / shardRows);
  const singles = Math.min(full, SINGLE * workers);
  const row = Math.max(1, Math.ceil((full - singles) / (ROWS * workers)));
  const units: SimulatedUnit[] = [
    {
      ...{ count: 1, spread, reads: 0, seconds: base + each * heldOutWork(recipe, teacher) },
      writes: shardBytes(heldOut.contexts, { ...recipe.trajectories, ...heldOut, ...teacher }),
    },
  ];
  for (let left = full - singles; left > 0; left -= row) units.push(shard(shardRows, Math.min(row, left)));
  for (let single = 0; single < singles; single++) units.push(shard(shardRows, 1));
  if (contexts > full * shardRows) units.push(shard(contexts - full * shardRows, 1));
  return {
    ...{ kind: 'trajectories', units, uncertainty: uncertaintyOf(times) },
    start: { seconds: times.start, reads: 0 },
    before: { seconds: 0, reads: 0 },
  };
}
