/** Does units of a run on this machine that whoever started this process chose, as clusters' engines do. */
import { BusyError } from '../ground/errors.ts';
import { turns } from '../ground/pool/turns.ts';
import { openedRun } from './opened-run.ts';
import { taskRunner } from './runner.ts';
import { type Selection, selectedUnits } from './select.ts';
import { taskSources } from './sources.ts';
import { refuseUnsuited } from './suited.ts';

/** Where units are done and how that is watched. */
export interface DoOptions {
  /** The folder of runs. */
  readonly runs: string;
  /** The name of the run. */
  readonly run: string;
  /** Units at a time. */
  readonly slots: number;
  /** Told of each unit that is done. */
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
}

/** What became of the units. */
export interface DoneUnits {
  readonly made: readonly string[];
  /** Those that were there. */
  readonly kept: readonly string[];
}

/**
 * Does the units that are meant; one that fails keeps no other from being done. Throws what the first threw that failed,
 * BusyError where the only fault is that other processes are at some of them, UsageError where there is none that is meant.
 */
export async function doUnits(selection: Selection, { runs, run, slots, note, signal }: DoOptions): Promise<DoneUnits> {
  const { plan } = await openedRun(runs, run);
  const { kind } = selection;
  const units = selectedUnits(plan, selection);
  const runner = taskRunner({ runs, slots, provider: plan.provider });
  const turn = turns(slots);
  const [made, kept]: [string[], string[]] = [[], []];
  const one = async (id: string): Promise<void> => {
    signal.throwIfAborted();
    const started = performance.now();
    const done = await runner.run({ run, place: plan.place, kind, id }, { signal });
    (done === 'made' ? made : kept).push(id);
    note(`${run} ${kind}/${id}: ${done === 'kept' ? 'is there' : `${seconds(started)} s`}`);
  };
  try {
    const ends = await Promise.allSettled(units.map((id) => turn(() => one(id))));
    const faults = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
    if (faults.length > 0) throw faults.find((fault) => !(fault instanceof BusyError)) ?? faults[0];
  } finally {
    await runner.close();
  }
  return { made, kept };
}

const seconds = (since: number): string => ((performance.now() - since) / 1000).toFixed(1);

/** Makes what all units of a kind read and none makes, where the run has such a thing. Throws EngineError on another machine. */
export async function prepareUnits({ kind }: Selection, { runs, run }: Pick<DoOptions, 'runs' | 'run'>): Promise<void> {
  const opened = await openedRun(runs, run);
  await refuseUnsuited(opened, { provider: opened.plan.provider });
  await taskSources[kind].prepare?.(opened);
}
