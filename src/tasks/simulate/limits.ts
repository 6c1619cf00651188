/** What holds a run up, and from how many workers on. */
import { sumOf } from '../../ground/sum.ts';
import type { Cluster, RunOutcome, SimulatedStage, SimulatedUnit, Workload } from './model.ts';

/** What can hold a run up. */
export type Limit = 'workers' | 'store' | 'queue' | 'coordinator' | 'longest unit';

/** What holds a stage up. */
export interface StageLimit {
  readonly kind: SimulatedStage['kind'];
  readonly limit: Limit;
  /** The limit that is met first as workers are added, and from how many on. */
  readonly next: Limit;
  readonly usefulWorkers: number;
}

/** A limit that is met at a number of workers, and where. */
export interface Saturation {
  readonly limit: Limit;
  readonly kind?: SimulatedStage['kind'];
  readonly workers: number;
}

/** What holds a stage up: the largest of the times that each limit asks for at least, whatever the others do. */
export function limitOf(stage: SimulatedStage, { workers, bandwidth, queueRate, overhead }: Cluster): StageLimit {
  const { kind, units, start } = stage;
  const count = sumOf(units, (unit) => unit.count);
  const seconds = sumOf(units, (unit) => unit.count * (unit.seconds + overhead));
  const bytes =
    sumOf(units, (unit) => unit.count * (unit.reads + unit.writes)) + Math.min(workers, count) * start.reads;
  const others: readonly (readonly [Limit, number])[] = [
    ['longest unit', longestChain(units, bandwidth) + overhead + start.seconds],
    ['store', bytes / bandwidth],
    ['queue', count / queueRate],
  ];
  const [next, least] = others.reduce((most, other) => (other[1] > most[1] ? other : most));
  const usefulWorkers =
    least > start.seconds ? Math.max(1, Math.min(count, Math.ceil(seconds / (least - start.seconds)))) : count;
  return { kind, limit: workers < usefulWorkers ? 'workers' : next, next, usefulWorkers };
}

/** The longest of the units, each with those that it starts from. */
function longestChain(units: readonly SimulatedUnit[], bandwidth: number): number {
  const chains = new Map<number, number>();
  const chain = (place: number): number => {
    const unit = units[place];
    if (unit === undefined) return 0;
    const known = chains.get(place) ?? unit.seconds + unit.reads / bandwidth + chain(unit.needs ?? -1);
    chains.set(place, known);
    return known;
  };
  return units.reduce((longest, _, place) => Math.max(longest, chain(place)), 0);
}

const limits: readonly Limit[] = ['workers', 'longest unit', 'store', 'queue', 'coordinator'];

/** The share of the time of all simulated runs in which each limit holds them up. */
export function limitShares(stages: readonly StageLimit[], outcomes: readonly RunOutcome[]): Record<Limit, number> {
  const all = sumOf(outcomes, ({ seconds }) => seconds);
  const ofStages = (limit: Limit): number =>
    sumOf(outcomes, (run) =>
      sumOf(run.stages, (one) =>
        stages.some((stage) => stage.kind === one.kind && stage.limit === limit) ? one.seconds - one.serial : 0,
      ),
    );
  const alone = sumOf(outcomes, (run) => run.seconds - sumOf(run.stages, (one) => one.seconds - one.serial));
  const share = (limit: Limit): number => (limit === 'coordinator' ? alone : ofStages(limit)) / Math.max(all, 1e-9);
  return Object.fromEntries(limits.map((limit) => [limit, share(limit)])) as Record<Limit, number>;
}

/** A stage that takes less of a run than this is not worth more workers anyway. */
const LEAST_SHARE = 0.05;

/** The limit that is met first as workers are added, among stages that matter and the coordinator's own part. */
export function saturation(
  { stages: simulated }: Workload,
  stages: readonly StageLimit[],
  outcomes: readonly RunOutcome[],
): Saturation {
  const all = sumOf(outcomes, ({ seconds }) => seconds);
  const shareOf = (place: number): number => sumOf(outcomes, (run) => run.stages[place]?.seconds ?? 0) / all;
  const alone = sumOf(outcomes, (run) => run.seconds - sumOf(run.stages, (one) => one.seconds - one.serial));
  const work = sumOf(simulated, ({ units }) => sumOf(units, (unit) => unit.count * unit.seconds));
  const mean = alone / outcomes.length;
  const met: Saturation[] = [
    ...stages.flatMap(({ kind, next: limit, usefulWorkers: workers }, place) =>
      shareOf(place) < LEAST_SHARE ? [] : [{ limit, kind, workers }],
    ),
    ...(mean > 0 ? [{ limit: 'coordinator' as const, workers: Math.max(1, Math.ceil(work / mean)) }] : []),
  ];
  return met.reduce(
    (first, one) => (one.workers < first.workers ? one : first),
    met[0] ?? { limit: 'workers', workers: 1 },
  );
}
