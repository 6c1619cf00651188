/** Which files of a run belong together: machines see all of a set at once, or none. What may be in a set stands here alone. */
import { bestStudentFile, studentFile } from '../../distillation/train/student-facts.ts';
import type { TaskKindName } from '../../ground/pool/executor.ts';
import type { RunPlan } from '../plan.ts';
import type { Task } from '../task.ts';

/** A set of files of a run, by their paths in its folder. */
export interface FileSet {
  /** Its name in a store, a relative path. */
  readonly name: string;
  /** Files that must be there, in the order in which they are written elsewhere: what tells that the rest is whole comes last. */
  readonly files: readonly string[];
  /** Files that may be there, written before the others. */
  readonly optional?: readonly string[];
}

/** What tells a run from any other: without it nothing is done. */
export const runSet: FileSet = { name: 'run', files: ['recipe.resolved.yaml', 'versions.json', 'plan.json'] };

/** What units write. */
const outputs: Readonly<Record<TaskKindName, (id: string) => Pick<FileSet, 'files' | 'optional'>>> = {
  trajectories: (id) => ({ files: [`trajectories/${id}.safetensors`] }),
  students: (id) => ({
    files: [`training/${id}/${studentFile}`, `training/${id}/manifest.json`],
    optional: [`training/${id}/${bestStudentFile}`, `training/${id}/metrics.jsonl`],
  }),
  solvers: (id) => ({ files: [`solvers/${id}.json`] }),
  samples: (id) => ({ files: [`evaluation/${id}.safetensors`] }),
  metrics: (id) => ({
    files: [`evaluation/${id}.json`],
    optional: [`evaluation/${id}.png`, `evaluation/${id}-neighbours.png`],
  }),
};

/** What a unit writes, with the record of who did it. */
export function unitSet({ kind, id }: Pick<Task, 'kind' | 'id'>): FileSet {
  const { files, optional = [] } = outputs[kind](id);
  return { name: `${kind}/${id}`, files, optional: [`tasks/${kind}/${id}.json`, ...optional] };
}

/** What an unfinished training goes on from: the checkpoint, written last, and what must not be behind it. */
export const checkpointSet = (student: string): FileSet => ({
  name: `checkpoints/${student}`,
  files: [`training/${student}/checkpoint.safetensors`],
  optional: [`training/${student}/${bestStudentFile}`, `training/${student}/metrics.jsonl`],
});

/** What the coordinator writes between two stages; `optional` where not every run has it. */
interface StageSet {
  readonly set: FileSet;
  readonly optional: boolean;
}

/** What all units of a kind start from: outputs of other kinds, and what the coordinator writes. */
interface Start {
  readonly kinds: readonly TaskKindName[];
  readonly stages: readonly StageSet[];
}

const cacheManifest = { set: { name: 'stages/trajectories', files: ['trajectories/manifest.json'] }, optional: false };
const realImages = { set: { name: 'stages/real', files: ['evaluation/real.safetensors'] }, optional: true };

/** A plan's `after` says what a kind waits for; this, what it reads: paths are read by trainings and fits alone. */
const starts: Readonly<Record<TaskKindName, Start>> = {
  trajectories: { kinds: [], stages: [] },
  students: { kinds: ['trajectories'], stages: [cacheManifest] },
  solvers: { kinds: ['trajectories'], stages: [cacheManifest] },
  samples: { kinds: ['students', 'solvers'], stages: [cacheManifest] },
  metrics: { kinds: ['students', 'solvers', 'samples'], stages: [cacheManifest, realImages] },
};

/** The sets that units of a kind start from: what other units wrote, and what the coordinator did. */
export function startsOf(
  kind: TaskKindName,
  plan: RunPlan,
): { readonly units: readonly FileSet[]; readonly stages: readonly StageSet[] } {
  const { kinds, stages } = starts[kind];
  return { units: kinds.flatMap((of) => unitsOf(of, plan).map((id) => unitSet({ kind: of, id }))), stages };
}

const unitsOf = (kind: TaskKindName, plan: RunPlan): readonly string[] =>
  plan.groups.find((group) => group.kind === kind)?.units ?? [];

/** The units of the same kind that others of it start from, by who starts from them. */
export const needsOf = (kind: TaskKindName, plan: RunPlan): ReadonlyMap<string, string> =>
  new Map(Object.entries(plan.groups.find((group) => group.kind === kind)?.needs ?? {}));
