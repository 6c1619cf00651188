/** A run simulated again and again: how long it takes, how surely, and what holds it up. */
import { sumOf } from '../../ground/sum.ts';
import { type Chance, chance } from './chance.ts';
import { type Limit, limitOf, limitShares, type Saturation, type StageLimit, saturation } from './limits.ts';
import type { Cluster, RunOutcome, Workload } from './model.ts';
import { simulateStage } from './stage.ts';

/** A number over all simulated runs: its median and where 90 % of them are. */
export interface Range {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** What a stage is expected to take, and what holds it up. */
export interface StageForecast extends StageLimit {
  readonly units: number;
  readonly seconds: Range;
}

/** What a run is expected to take. Times in seconds. */
export interface Forecast {
  readonly wall: Range;
  readonly workerHours: Range;
  /** Share of the workers' time in which they neither work nor start. */
  readonly idle: Range;
  readonly retries: Range;
  readonly redoneSeconds: Range;
  /** Bytes that are kept, and that cross the store's connection. */
  readonly stored: number;
  readonly moved: Range;
  readonly stages: readonly StageForecast[];
  /** Share of the time in which each limit is what holds the run up. */
  readonly limits: Readonly<Record<Limit, number>>;
  /** The limit that is met first as workers are added, and with how many. */
  readonly saturatesFirst: Saturation;
}

/** How it is simulated. */
export interface ForecastOptions {
  readonly seed?: number;
  /** Simulated runs. */
  readonly runs?: number;
}

/** One simulated run. */
export function simulateRun({ stages, afterwards }: Workload, cluster: Cluster, random: Chance): RunOutcome {
  const done = stages.map((stage) => simulateStage(stage, cluster, random));
  return { seconds: sumOf(done, ({ seconds }) => seconds) + afterwards, stages: done };
}

/** Simulates a run `runs` times; the same seed gives the same numbers. */
export function forecast(
  workload: Workload,
  cluster: Cluster,
  { seed = 1, runs = 40 }: ForecastOptions = {},
): Forecast {
  const outcomes = Array.from({ length: runs }, (_, run) =>
    simulateRun(workload, cluster, chance('simulate', seed, run)),
  );
  const over = (of: (outcome: RunOutcome) => number): Range => rangeOf(outcomes.map(of));
  const total = (name: 'busy' | 'retries' | 'redone' | 'moved') => over((run) => sumOf(run.stages, (one) => one[name]));
  const stages = workload.stages.map((stage, place) => ({
    ...{ kind: stage.kind, units: sumOf(stage.units, ({ count }) => count) },
    seconds: over((run) => run.stages[place]?.seconds ?? 0),
    ...limitOf(stage, cluster),
  }));
  return {
    wall: over(({ seconds }) => seconds),
    workerHours: over(({ seconds }) => (seconds * cluster.workers) / 3600),
    idle: over(({ seconds, stages: done }) => 1 - sumOf(done, ({ busy }) => busy) / (seconds * cluster.workers)),
    ...{ retries: total('retries'), redoneSeconds: total('redone'), moved: total('moved') },
    stored: sumOf(workload.stages, ({ units }) => sumOf(units, ({ writes, count }) => writes * count)),
    ...{ stages, limits: limitShares(stages, outcomes), saturatesFirst: saturation(workload, stages, outcomes) },
  };
}

/** The median and the 5th and 95th percentile, between neighbours. */
export function rangeOf(values: readonly number[]): Range {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const [low = 0, high = low] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
    return low + (place - Math.floor(place)) * (high - low);
  };
  return { median: at(0.5), low: at(0.05), high: at(0.95) };
}
