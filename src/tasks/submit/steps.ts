/** A run as jobs of a cluster that wait for each other, before any engine's own words for that. */
import { type TaskKindName, taskKinds } from '../../ground/pool/executor.ts';
import type { UnplacedPlan } from '../plan.ts';
import { wavesOf } from '../select.ts';

/** A job: a command of fewstep, or the same for each part of many units. */
export interface Step {
  /** Lower-case letters, digits and dashes, at most 24. */
  readonly name: string;
  /** The steps that must have succeeded before. */
  readonly after: readonly string[];
  /** The words of the command after `fewstep`; of units, `--shard` comes after them. */
  readonly words: readonly string[];
  /** How many units there are to be done; absent where it is one command. */
  readonly units?: number;
  /** Whether it only looks at files that others made: it needs nothing that units need. */
  readonly light?: true;
}

/** What the steps of a run are told of it. */
export interface SteppedRun {
  /** The run's folder, relative to the working folder. */
  readonly path: string;
  readonly plan: UnplacedPlan;
  /** Whether there is something to be made before rows are measured. */
  readonly prepares: boolean;
  /** Options of every command that load plug-ins. */
  readonly plugins: readonly string[];
  /** Whether the program of `evaluation.command` may run. */
  readonly allowCommand: boolean;
  /** Units at a time in one job. */
  readonly concurrency: number;
}

/** What comes before and after the units of a kind, as commands on the run's folder. */
interface Around {
  readonly before?: (run: SteppedRun) => readonly string[] | undefined;
  readonly after?: (run: SteppedRun) => readonly string[];
}

const around: Readonly<Partial<Record<TaskKindName, Around>>> = {
  trajectories: { after: ({ path, plugins }) => ['trajectories', path, ...plugins] },
  metrics: {
    before: ({ path, prepares, plugins }) =>
      prepares ? ['task', path, '--kind', 'metrics', '--prepare', ...plugins] : undefined,
  },
};

/** The steps of a run in an order in which they can be done: units of each kind and wave, what is around them, the report. */
export function stepsOf(run: SteppedRun): readonly Step[] {
  const steps: Step[] = [];
  const ends = new Map<TaskKindName, readonly string[]>(); // the steps after which all units of a kind are there
  const add = (step: Step): readonly string[] => {
    steps.push(step);
    return [step.name];
  };
  for (const { kind, after: kinds, ...group } of run.plan.groups) {
    let after: readonly string[] = [...new Set(kinds.flatMap((before) => ends.get(before) ?? []))];
    const prepared = group.units.length > 0 ? around[kind]?.before?.(run) : undefined;
    if (prepared !== undefined) after = add({ name: `${kind}-prepare`, after, words: prepared });
    const waves = wavesOf({ kind, ...group });
    for (const [wave, { length }] of waves.entries())
      after = add({
        name: waves.length > 1 ? `${kind}-${wave}` : kind,
        ...{ after, words: unitWords(run, kind, waves.length > 1 ? wave : undefined), units: length },
      });
    const words = around[kind]?.after?.(run);
    if (words !== undefined) after = add({ name: `${kind}-complete`, after, words, light: true });
    ends.set(kind, after);
  }
  const last = ends.get(taskKinds.at(-1) ?? 'metrics') ?? [];
  add({ name: 'report', after: last, words: ['run', run.path, ...commandFlags(run)] });
  return steps;
}

/** Options of a command that goes on to the report. */
export const commandFlags = ({ allowCommand, plugins }: Pick<SteppedRun, 'allowCommand' | 'plugins'>): string[] => [
  ...(allowCommand ? ['--allow-command'] : []),
  ...plugins,
];

const unitWords = (
  { path, concurrency, plugins }: SteppedRun,
  kind: TaskKindName,
  wave: number | undefined,
): string[] => [
  ...['task', path, '--kind', kind],
  ...(wave === undefined ? [] : ['--wave', String(wave)]),
  ...(concurrency === 1 ? [] : ['--concurrency', String(concurrency)]),
  ...plugins,
];

/** The most parts into which units are put unless told how many a part has. */
const MOST_PARTS = 1000;

/** How units are put into parts. */
export interface PartSizes {
  /** Units that a part does, one after the other. */
  readonly perJob?: number;
  /** Those that it does at a time. */
  readonly concurrency: number;
}

/** Into how many parts the units of a step are put. */
export function partsOf(units: number, { perJob, concurrency }: PartSizes): number {
  const each = perJob ?? Math.max(Math.ceil(units / MOST_PARTS), concurrency);
  return Math.ceil(units / each);
}
