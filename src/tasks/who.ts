/** Who did how much of a run, by its records. */
import type { MachineShare, Makers } from '../evaluation/stage/result.ts';
import type { TaskKindName } from '../ground/pool/executor.ts';
import type { TaskRecord } from './record.ts';

/** The records of a run, by kind and name of the unit. */
export type RunRecords = ReadonlyMap<TaskKindName, ReadonlyMap<string, TaskRecord>>;

/** What a worker did. */
export interface WorkerShare {
  /** The process, `host:number`. */
  readonly worker: string;
  readonly cpu: string;
  readonly units: number;
  /** Of all its units together. */
  readonly seconds: number;
}

/** The host of a worker's name. */
export const hostOf = (worker: string): string => worker.replace(/:\d+$/, '');

const cpuOf = ({ machine }: TaskRecord): string => machine.cpu ?? 'unknown';

/** Units that were done, with their kind. */
const doneUnits = (records: RunRecords): (readonly [TaskKindName, TaskRecord])[] =>
  [...records].flatMap(([kind, units]) =>
    [...units.values()].filter(({ state }) => state === 'done').map((record) => [kind, record] as const),
  );

/** What each worker did, those first that did most. */
export function workerShares(records: RunRecords): WorkerShare[] {
  const shares = new Map<string, WorkerShare>();
  for (const [, record] of doneUnits(records)) {
    const { worker } = record;
    const before = shares.get(worker) ?? { worker, cpu: cpuOf(record), units: 0, seconds: 0 };
    shares.set(worker, { ...before, units: before.units + 1, seconds: before.seconds + (record.seconds ?? 0) });
  }
  return [...shares.values()].sort((a, b) => b.units - a.units || a.worker.localeCompare(b.worker));
}

/** Machines and what was done on each; undefined where one process did all, or nothing is known. */
export function makersOf(records: RunRecords): Makers | undefined {
  const done = doneUnits(records);
  if (new Set(done.map(([, { worker }]) => worker)).size < 2) return undefined;
  const machines = new Map<string, MachineShare>();
  for (const [kind, record] of done) {
    const [host, cpu] = [hostOf(record.worker), cpuOf(record)];
    const before: MachineShare = machines.get(`${host} ${cpu}`) ?? { host, cpu, units: {}, seconds: 0 };
    machines.set(`${host} ${cpu}`, {
      ...before,
      units: { ...before.units, [kind]: (before.units[kind] ?? 0) + 1 },
      seconds: before.seconds + (record.seconds ?? 0),
    });
  }
  const kinds = new Set(done.map(([, { machine }]) => JSON.stringify(Object.entries(machine).sort())));
  return { mixed: kinds.size > 1, machines: [...machines.values()].sort((a, b) => b.seconds - a.seconds) };
}
