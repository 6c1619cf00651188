/** One stage of a run, event by event: workers take units in their order, from a queue and a store that all share. */
import { UsageError } from '../../ground/errors.ts';
import { type Agenda, agenda } from './agenda.ts';
import { type Chance, spreadOfSum } from './chance.ts';
import type { Cluster, SimulatedStage, SimulatedUnit, StageOutcome } from './model.ts';

/** Simulates a stage: what it takes, and what it costs. Throws UsageError where failures let no unit end. */
export function simulateStage(stage: SimulatedStage, cluster: Cluster, chance: Chance): StageOutcome {
  const serial = stage.before.seconds + stage.before.reads / Math.min(cluster.bandwidth, cluster.hashRate);
  const counts = { busy: 0, redone: 0, retries: 0, moved: stage.before.reads };
  const last = stage.units.length === 0 ? 0 : work(stage, cluster, chance, counts);
  return { kind: stage.kind, seconds: serial + last, serial, ...counts };
}

type Counts = Record<'busy' | 'redone' | 'retries' | 'moved', number>;

/** A unit on its way: the work that it still is, and how often it was begun in vain. */
interface Open {
  readonly unit: SimulatedUnit;
  left: number;
  failed: number;
  /** Those that start from it. */
  readonly before: Open[];
}

interface Worker {
  /** Whether it has begun with the kind. */
  started: boolean;
}

type Event =
  | { readonly what: 'free'; readonly worker: Worker }
  | { readonly what: 'ready'; readonly open: Open }
  | { readonly what: 'computed'; readonly worker: Worker; readonly open: Open }
  | { readonly what: 'done'; readonly open: Open };

/** What all units of a stage share. */
interface Floor {
  readonly stage: SimulatedStage;
  readonly cluster: Cluster;
  readonly chance: Chance;
  readonly counts: Counts;
  readonly events: Agenda<Event>;
  readonly queue: Channel;
  readonly store: Channel;
}

const MOST_FAILURES = 1000;

/** The seconds until the last unit of a stage is done. */
function work(stage: SimulatedStage, cluster: Cluster, chance: Chance, counts: Counts): number {
  const [queue, store, events] = [channel(cluster.queueRate), channel(cluster.bandwidth), agenda<Event>()];
  const floor = { stage, cluster, chance, counts, events, queue, store };
  const idle: Worker[] = Array.from({ length: cluster.workers }, () => ({ started: false }));
  const [fresh, again] = [opened(stage, chance), [] as Open[]];
  let [now, done, taken] = [0, 0, 0];
  for (;;) {
    while (idle.length > 0 && (again.length > 0 || taken < fresh.length)) {
      const open = again.shift() ?? fresh[taken++];
      const worker = idle.pop();
      if (worker !== undefined && open !== undefined) begin(floor, now, worker, open);
    }
    const next = events.next();
    if (next === undefined) return done;
    now = next.time;
    const { entry } = next;
    if (entry.what === 'free') idle.push(entry.worker);
    else if (entry.what === 'ready') again.push(entry.open);
    else if (entry.what === 'computed') write(floor, now, entry.worker, entry.open);
    else {
      done = now;
      fresh.push(...entry.open.before);
    }
  }
}

/** The units that wait for none, their work drawn; with each those that start from it. */
function opened(stage: SimulatedStage, chance: Chance): Open[] {
  const rate = chance.lognormal(1, stage.uncertainty);
  const all = stage.units.map((unit): Open => {
    const mean = rate * unit.count * unit.seconds;
    return { unit, left: chance.lognormal(mean, spreadOfSum(unit.spread, unit.count)), failed: 0, before: [] };
  });
  return all.filter((open) => {
    const first = open.unit.needs === undefined ? undefined : all[open.unit.needs];
    first?.before.push(open);
    return first === undefined;
  });
}

/** A worker takes a unit: it ends it, or fails on the way. */
function begin(floor: Floor, now: number, worker: Worker, open: Open): void {
  const { stage, cluster, chance, counts, events, queue, store } = floor;
  const { unit } = open;
  const start = worker.started ? { seconds: 0, reads: 0 } : stage.start;
  const bytes = unit.reads * unit.count + start.reads;
  const given = queue(now, unit.count) + cluster.overhead * unit.count;
  const read = store(given, bytes);
  const end = read + start.seconds + open.left;
  const failure = given + chance.until(cluster.failures / 3600);
  counts.moved += bytes;
  worker.started = failure >= end;
  counts.busy += Math.max(0, Math.min(end, failure) - read);
  if (failure >= end) {
    events.add(end, { what: 'computed', worker, open });
    return;
  }
  fail(floor, open, Math.max(0, failure - read - start.seconds));
  events.add(failure + cluster.detection, { what: 'ready', open });
  events.add(failure + cluster.restart, { what: 'free', worker });
}

/** A unit whose worker failed after some work on it keeps what its last checkpoint had, or whole units of a row of them. */
function fail({ stage, cluster, counts }: Floor, open: Open, worked: number): void {
  const { keepsEvery, count, seconds } = open.unit;
  const every = keepsEvery ?? (count > 1 ? seconds : undefined);
  const kept = every === undefined ? 0 : Math.floor(worked / every) * every;
  open.left -= kept;
  counts.redone += worked - kept;
  counts.retries++;
  if (++open.failed > MOST_FAILURES)
    throw new UsageError(
      `--failures: expected so few that a unit of ${stage.kind} of ${Math.round(seconds)} s ends, got ${cluster.failures} an hour`,
    );
}

/** A worker has computed a unit, and writes it. */
function write({ counts, events, store }: Floor, now: number, worker: Worker, open: Open): void {
  const bytes = open.unit.writes * open.unit.count;
  counts.moved += bytes;
  const written = store(now, bytes);
  events.add(written, { what: 'done', open });
  events.add(written, { what: 'free', worker });
}

type Channel = (now: number, amount: number) => number;

/** What lets so much through a second, one after the other: gives the time at which an amount is through. */
function channel(rate: number): Channel {
  let free = 0;
  return (now, amount) => {
    if (amount === 0 || rate === Number.POSITIVE_INFINITY) return now;
    free = Math.max(free, now) + amount / rate;
    return free;
  };
}
