import { existsSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parseRecipeDocument } from '../../distillation/recipe/document.ts';
import { readRecipeText } from '../../distillation/recipe/source.ts';
import { isHeld } from '../../ground/file/lock.ts';
import { stageFolder } from '../../ground/file/run-folder.ts';
import { ageText, runsFolder } from './text.ts';

/** How far a run is, and what it takes. */
export interface RunState {
  /** Its folder. */
  readonly path: string;
  /** The name of its recipe. */
  readonly recipe: string;
  readonly hash: string;
  /** distill, teacher or features; empty where its recipe cannot be read. */
  readonly kind: string;
  readonly stages: Readonly<Record<'trajectories' | 'training' | 'evaluation', StageState>>;
  /** Whether a process works in it. */
  readonly inUse: boolean;
  readonly bytes: number;
  /** Milliseconds since 1970: the last change of one of its files. */
  readonly changed: number;
}

/** A stage's state; of a training that has several students a share, like `2/4`. */
export type StageState = 'none' | 'begun' | 'done' | `${number}/${number}`;

const runName = /^(.+)-([0-9a-f]{12})$/;

const planSchema = z.looseObject({
  kind: z.string(),
  seeds: z.array(z.unknown()).default([]),
  students: z.array(z.unknown()).default([]),
});
type Plan = z.output<typeof planSchema>;

/** The runs under the working folder's `runs/`, the last changed first; those of one recipe where it is named. */
export async function listRuns(recipe?: string): Promise<RunState[]> {
  const entries = await readdir(runsFolder, { withFileTypes: true }).catch(() => []);
  const states: RunState[] = [];
  for (const entry of entries) {
    const [, name = '', hash = ''] = (entry.isDirectory() && runName.exec(entry.name)) || [];
    if (name !== '' && (recipe ?? name) === name) states.push(await stateOf(join(runsFolder, entry.name), name, hash));
  }
  return states.sort((a, b) => b.changed - a.changed);
}

async function stateOf(path: string, recipe: string, hash: string): Promise<RunState> {
  const plan = await planOf(path);
  const stages = {
    trajectories: stageState(stageFolder(path, 'trajectories'), 'manifest.json'),
    training: await trainingState(path, plan),
    evaluation: existsSync(join(path, 'evaluation.json')) ? 'done' : stageState(stageFolder(path, 'evaluation')),
  } as const;
  return { path, recipe, hash, kind: plan.kind, stages, inUse: await isHeld(path), ...(await measure(path)) };
}

const stageState = (folder: string, last?: string): StageState => {
  if (!existsSync(folder)) return 'none';
  return last !== undefined && existsSync(join(folder, last)) ? 'done' : 'begun';
};

async function trainingState(run: string, { seeds, students }: Plan): Promise<StageState> {
  const folder = stageFolder(run, 'training');
  const begun = await readdir(folder).catch(() => []);
  if (begun.length === 0) return existsSync(join(run, 'metrics.jsonl')) ? 'begun' : 'none';
  const done = begun.filter((name) => existsSync(join(folder, name, 'manifest.json'))).length;
  const all = Math.max(begun.length, seeds.length * students.length);
  return done === all ? 'done' : `${done}/${all}`;
}

/** What a run's recipe asks for; nothing where it cannot be read. */
async function planOf(run: string): Promise<Plan> {
  const text = await readRecipeText(join(run, 'recipe.resolved.yaml')).catch(() => '');
  return planSchema.safeParse(parseRecipeDocument(text).value).data ?? { kind: '', seeds: [], students: [] };
}

interface Measured {
  readonly bytes: number;
  readonly changed: number;
}

/** The size of a folder's files, and when the last of them changed (the folder, where it has none); links are not followed. */
async function measure(folder: string): Promise<Measured> {
  const [{ mtimeMs }, entries] = [await lstat(folder), await readdir(folder, { withFileTypes: true })];
  let [bytes, changed] = [0, entries.length > 0 ? 0 : mtimeMs];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    const found = await (entry.isDirectory() ? measure(path) : sizeOf(path)).catch(() => ({ bytes: 0, changed: 0 }));
    bytes += found.bytes;
    changed = Math.max(changed, found.changed);
  }
  return { bytes, changed };
}

async function sizeOf(path: string): Promise<Measured> {
  const { size, mtimeMs } = await lstat(path);
  return { bytes: size, changed: mtimeMs };
}

/** Whether a run is a distillation that was begun and has no measurements yet. */
export const isUnfinished = ({ kind, stages }: RunState): boolean => kind === 'distill' && stages.evaluation !== 'done';

/** A run in a sentence: `runs/digits-0123456789ab (evaluated, 3 hours old)`. */
export function runPhrase({ path, stages, changed }: RunState, now = Date.now()): string {
  const { trajectories, training, evaluation } = stages;
  const parts = [
    [evaluation === 'done', 'evaluated'],
    [training === 'done', 'trained'],
    [training !== 'none', training === 'begun' ? 'in training' : `${training} students trained`],
    [trajectories === 'done', 'solved'],
  ] as const;
  const state = parts.find(([holds]) => holds)?.[1] ?? 'only begun';
  return `${path} (${state}, ${ageText(now - changed)} old)`;
}
