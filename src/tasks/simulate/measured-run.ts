/** What a run that was done says of another: times of its units, sizes of its files, and what its coordinator did alone. */
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DistillRecipe } from '../../distillation/recipe/recipe.ts';
import { studentFacts, studentFile } from '../../distillation/train/student-facts.ts';
import { readEvaluation } from '../../evaluation/stage/evaluation-file.ts';
import { FileError } from '../../ground/errors.ts';
import { readStage } from '../../ground/file/manifest.ts';
import { type TaskKindName, taskKinds } from '../../ground/pool/executor.ts';
import { type RunPlan, readPlan } from '../plan.ts';
import { type TaskRecord, taskRecords } from '../record.ts';
import { type KindTimes, kindTimes, type MeasuredUnit } from './kind-times.ts';
import { shardWorks, type UnitWorks, unitWorks, type WorkTeacher } from './unit-work.ts';

/** What is known of the units of a kind. */
export interface MeasuredKind extends KindTimes {
  /** Sizes of what they wrote, by their names. */
  readonly bytes: ReadonlyMap<string, number>;
}

/** What is known from a run. */
export interface MeasuredRun {
  readonly kinds: ReadonlyMap<TaskKindName, MeasuredKind>;
  /** Seconds between the units of the kinds before and the first of each. */
  readonly gaps: ReadonlyMap<TaskKindName, number>;
  /** Seconds after the last unit, until the measurements were written. */
  readonly afterwards: number;
}

/** A longer pause between two kinds is an interruption, and no work of the coordinator. */
const LONGEST_GAP = 600;

/** Kinds whose time is their work and nothing else, once the start is taken off. */
const proportional: readonly TaskKindName[] = ['students', 'solvers'];

/** Reads a run by its recipe and teacher. Throws FileError where it has no plan, or no unit of it was measured. */
export async function measuredRun(run: string, recipe: DistillRecipe, teacher: WorkTeacher): Promise<MeasuredRun> {
  const plan = await readPlan(run);
  const records = await taskRecords(run);
  const kinds = new Map<TaskKindName, MeasuredKind>();
  const works = worksOf(recipe, teacher, plan);
  for (const group of plan.groups) {
    const done = [...(records.get(group.kind) ?? [])].filter(([id]) => works[group.kind].has(id));
    const units: MeasuredUnit[] = [];
    const bytes = new Map<string, number>();
    for (const [id, record] of done) {
      const unit = await measuredUnit(run, group, id, record, works[group.kind].get(id) ?? 0);
      if (unit === undefined) continue;
      units.push(unit);
      bytes.set(id, await sizeOf(join(run, writtenBy(group, id))));
    }
    if (units.length > 0)
      kinds.set(group.kind, { ...kindTimes(units, { proportional: proportional.includes(group.kind) }), bytes });
  }
  if (kinds.size === 0)
    throw new FileError(`${join(run, 'tasks')}: expected records of units that were done, found none to measure by`);
  return { kinds, gaps: gapsOf(records), afterwards: await speedSeconds(run) };
}

type Group = RunPlan['groups'][number];

const worksOf = (recipe: DistillRecipe, teacher: WorkTeacher, { groups }: RunPlan): UnitWorks => ({
  ...unitWorks(recipe, teacher),
  trajectories: shardWorks(recipe, teacher, groups.find(({ kind }) => kind === 'trajectories')?.units ?? []),
});

/** The largest file of a unit, in a run's folder. */
const writtenBy = ({ kind, writes }: Group, id: string): string => {
  const path = writes.replace('{id}', id);
  return kind === 'students' ? join(dirname(path), studentFile) : path;
};

const sizeOf = async (path: string): Promise<number> => (await stat(path).catch(() => undefined))?.size ?? 0;

/** A unit that was done, with its seconds; undefined where it was not. A training says itself what of them was training. */
async function measuredUnit(
  run: string,
  { kind, writes }: Group,
  id: string,
  { state, seconds, worker, since, attempts }: TaskRecord,
  work: number,
): Promise<MeasuredUnit | undefined> {
  if (state !== 'done' || seconds === undefined || work <= 0) return undefined;
  const unit = { id, worker, since: Date.parse(since) / 1000, seconds, work };
  if (kind !== 'students') return unit;
  const trained = await trainedIn(dirname(join(run, writes.replace('{id}', id))));
  if (trained === undefined) return attempts === 1 ? unit : undefined;
  const { facts } = trained;
  if (attempts > 1) return { ...unit, seconds: facts.seconds }; // its record is of the last attempt alone
  return { ...unit, start: Math.max(0, seconds - facts.seconds) };
}

const trainedIn = (folder: string) =>
  readStage(folder, studentFacts).catch((error) => {
    if (error instanceof FileError) return undefined;
    throw error;
  });

/** Seconds between the last unit of all kinds before and the first of each kind. */
function gapsOf(records: ReadonlyMap<TaskKindName, ReadonlyMap<string, TaskRecord>>): Map<TaskKindName, number> {
  const gaps = new Map<TaskKindName, number>();
  let end = Number.NaN;
  for (const kind of taskKinds) {
    const times = [...(records.get(kind)?.values() ?? [])].map(({ since, seconds = 0 }) => {
      const begun = Date.parse(since) / 1000;
      return [begun, begun + seconds] as const;
    });
    if (times.length === 0) continue;
    const gap = Math.min(...times.map(([begun]) => begun)) - end;
    gaps.set(kind, gap > 0 && gap < LONGEST_GAP ? gap : 0);
    end = Math.max(...times.map(([, ended]) => ended));
  }
  return gaps;
}

/** What the measurement of speed took, which is the coordinator's; 0 where it is not there. */
async function speedSeconds(run: string): Promise<number> {
  try {
    return (await readEvaluation(run)).stageSeconds.speed ?? 0;
  } catch (error) {
    if (error instanceof FileError) return 0;
    throw error;
  }
}
