/** How far a run is: what is done, who is at what, what failed and why, and how long the rest may take. */

import { isHeld } from '../ground/file/lock.ts';
import { median } from '../ground/median.ts';
import type { TaskKindName } from '../ground/pool/executor.ts';
import { claimedMachine } from './claimed-machine.ts';
import { differences } from './machine.ts';
import { type RunPlan, readPlan } from './plan.ts';
import { presentUnits } from './present.ts';
import { BEAT_MILLISECONDS, type TaskRecord, taskRecords } from './record.ts';
import { hostOf, type RunRecords, type WorkerShare, workerShares } from './who.ts';

/** A unit that somebody is at. */
export interface RunningUnit {
  readonly id: string;
  readonly worker: string;
  readonly since: string;
  /** How long nothing was heard of it. */
  readonly silentSeconds: number;
  /** Whether that is so long that its worker is gone, or cut off. */
  readonly lost: boolean;
}

/** A unit whose last attempt failed. */
export interface FailedUnit {
  readonly id: string;
  readonly worker: string;
  readonly attempts: number;
  readonly error: string;
}

/** How far the units of a kind are. */
export interface KindStatus {
  readonly kind: TaskKindName;
  readonly units: number;
  readonly done: number;
  readonly waiting: number;
  readonly running: readonly RunningUnit[];
  readonly failed: readonly FailedUnit[];
  /** The median of those that were measured. */
  readonly medianSeconds?: number;
  /** How long the rest may take: its medians, shared by those at work. Absent where nothing tells. */
  readonly etaSeconds?: number;
}

/** Machines whose versions, processor or system are not those of the plan. */
export interface OtherMachine {
  readonly host: string;
  readonly units: number;
  readonly differences: readonly string[];
}

/** How far a run is. */
export interface RunStatus {
  /** Whether a coordinator works in its folder. */
  readonly coordinated: boolean;
  readonly kinds: readonly KindStatus[];
  /** Of all kinds; absent where that of one is. */
  readonly etaSeconds?: number;
  readonly workers: readonly WorkerShare[];
  readonly otherMachines: readonly OtherMachine[];
}

/** What a status follows from. */
export interface StatusFacts {
  readonly plan: RunPlan;
  readonly records: RunRecords;
  /** Units whose output is there. */
  readonly present: ReadonlyMap<TaskKindName, ReadonlySet<string>>;
  readonly coordinated: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Signs of life that a unit may miss until its worker counts as gone. */
const MISSED = 4;

/** Reads how far a run is; each call of the same reader reads anew only what may have changed. */
export function statusReader(run: string): () => Promise<RunStatus> {
  let last: Pick<StatusFacts, 'records' | 'present'> | undefined;
  return async () => {
    const planned = await readPlan(run);
    const machine = planned.machine ?? (await claimedMachine(run));
    const plan = { ...planned, ...(machine && { machine }) };
    const present = await presentUnits(run, plan);
    const settled = (kind: TaskKindName, id: string): TaskRecord | undefined => {
      const record = last?.records.get(kind)?.get(id);
      return record?.state === 'done' && present.get(kind)?.has(id) === true ? record : undefined;
    };
    const records = await taskRecords(run, settled);
    last = { records, present };
    return statusOf({ plan, records, present, coordinated: await isHeld(run), now: Date.now() });
  };
}

/** A run's status: outputs tell what is done, records all else. */
export function statusOf({ plan, records, present, coordinated, now }: StatusFacts): RunStatus {
  const atWork = [...records].flatMap(([kind, units]) =>
    [...units].filter(([id, record]) => isAtWork(record, now) && present.get(kind)?.has(id) !== true),
  ).length;
  const kinds = plan.groups
    .filter(({ units }) => units.length > 0)
    .map(({ kind, units }) =>
      kindStatus(kind, units, {
        ...{ records: records.get(kind) ?? new Map(), present: present.get(kind) ?? new Set(), atWork, now },
      }),
    );
  const etas = kinds.map(({ etaSeconds }) => etaSeconds);
  return {
    ...{ coordinated, kinds },
    ...(etas.every((eta) => eta !== undefined) && { etaSeconds: etas.reduce((sum, eta) => sum + eta, 0) }),
    workers: workerShares(records),
    otherMachines: otherMachines(plan, records),
  };
}

interface KindFacts {
  readonly records: ReadonlyMap<string, TaskRecord>;
  readonly present: ReadonlySet<string>;
  /** Workers of any kind that are at work now. */
  readonly atWork: number;
  readonly now: number;
}

function kindStatus(kind: TaskKindName, units: readonly string[], facts: KindFacts): KindStatus {
  const { records, present, now } = facts;
  const open = units.filter((id) => !present.has(id));
  const running: RunningUnit[] = [];
  const failed: FailedUnit[] = [];
  for (const id of open) {
    const record = records.get(id);
    if (record?.state === 'running') running.push(runningUnit(id, record, now));
    if (record?.state === 'failed')
      failed.push({ id, worker: record.worker, attempts: record.attempts, error: record.error ?? 'unknown' });
  }
  const measured = [...records.values()].flatMap(({ state, seconds }) =>
    state === 'done' && seconds !== undefined ? [seconds] : [],
  );
  const counts = { kind, units: units.length, done: units.length - open.length };
  const waiting = open.length - running.length - failed.length;
  if (open.length === 0) return { ...counts, waiting, running, failed, ...medianOf(measured), etaSeconds: 0 };
  if (measured.length === 0) return { ...counts, waiting, running, failed };
  const each = median(measured);
  const begun = running.filter(({ lost }) => !lost).map(({ since }) => (now - Date.parse(since)) / 1000);
  const left = begun.map((seconds) => Math.max(0, each - seconds));
  const rest = (open.length - begun.length) * each + left.reduce((sum, seconds) => sum + seconds, 0);
  const hands = Math.min(open.length, begun.length || facts.atWork);
  return {
    ...{ ...counts, waiting, running, failed, medianSeconds: each },
    ...(hands > 0 && { etaSeconds: Math.max(rest / hands, ...left) }),
  };
}

const medianOf = (seconds: readonly number[]) => (seconds.length === 0 ? {} : { medianSeconds: median(seconds) });

const silence = ({ heard }: TaskRecord, now: number): number => Math.max(0, (now - Date.parse(heard)) / 1000);

const isLost = (record: TaskRecord, now: number): boolean => silence(record, now) * 1000 > MISSED * BEAT_MILLISECONDS;

const isAtWork = (record: TaskRecord, now: number): boolean => record.state === 'running' && !isLost(record, now);

const runningUnit = (id: string, record: TaskRecord, now: number): RunningUnit => ({
  ...{ id, worker: record.worker, since: record.since },
  ...{ silentSeconds: silence(record, now), lost: isLost(record, now) },
});

/** Machines that are not as the plan's, with what differs. */
function otherMachines({ machine: planned }: RunPlan, records: RunRecords): OtherMachine[] {
  if (planned === undefined) return [];
  const found = new Map<string, OtherMachine>();
  for (const units of records.values())
    for (const { worker, machine } of units.values()) {
      const reasons = differences(planned, machine);
      if (reasons.length === 0) continue;
      const host = hostOf(worker);
      const key = JSON.stringify([host, reasons]);
      found.set(key, { host, units: (found.get(key)?.units ?? 0) + 1, differences: reasons });
    }
  return [...found.values()];
}
