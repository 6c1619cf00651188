/** Rows that differ in their seed only, as one: means, and intervals that cover every seed's interval. */

import type { Quality, TableMetric } from '../evaluation/metric/table.ts';
import type { Cost, Latency, Speed } from '../evaluation/stage/result.ts';
import type { Estimate } from '../ground/estimate.ts';

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const present = <Value>(values: readonly (Value | undefined)[]): Value[] =>
  values.filter((value) => value !== undefined);

/** The mean of estimates; its interval is the hull of theirs, so it holds what the seeds vary by. */
export function meanEstimate(estimates: readonly Estimate[]): Estimate {
  return {
    value: mean(estimates.map(({ value }) => value)),
    low: Math.min(...estimates.map(({ low }) => low)),
    high: Math.max(...estimates.map(({ high }) => high)),
  };
}

/** The metrics that any of the seeds has. */
export function meanQuality(qualities: readonly Quality[], metrics: readonly TableMetric[]): Quality {
  const entries = metrics.flatMap(({ name }) => {
    const estimates = present(qualities.map((quality) => quality[name]));
    return estimates.length === 0 ? [] : [[name, meanEstimate(estimates)] as const];
  });
  return Object.fromEntries(entries);
}

function meanLatency(latencies: readonly Latency[]): readonly Latency[] {
  const batches = [...new Set(latencies.map(({ batch }) => batch))].sort((a, b) => a - b);
  return batches.map((batch) => {
    const same = latencies.filter((latency) => latency.batch === batch);
    const of = (key: keyof Latency): number => mean(same.map((latency) => latency[key]));
    return { batch, calls: of('calls'), p50: of('p50'), p90: of('p90'), p99: of('p99') };
  });
}

const speedFacts = ['imagesPerSecond', 'headShare', 'amdahlLimit'] as const satisfies readonly (keyof Speed)[];

/** The mean speed of seeds that were timed; undefined where none was. */
export function meanSpeed(speeds: readonly (Speed | undefined)[]): Speed | undefined {
  const timed = present(speeds);
  if (timed.length === 0) return undefined;
  const facts = speedFacts.flatMap((key) => {
    const values = present(timed.map((speed) => speed[key]));
    return values.length === 0 ? [] : [[key, mean(values)] as const];
  });
  return { latency: meanLatency(timed.flatMap(({ latency }) => latency)), ...Object.fromEntries(facts) };
}

/** The mean cost of one seed's training. */
export function meanCost(costs: readonly (Cost | undefined)[]): Cost | undefined {
  const counted = present(costs);
  if (counted.length === 0) return undefined;
  const of = (key: keyof Cost): number => mean(counted.map((cost) => cost[key] ?? 0));
  const startForwards = of('startForwards');
  return {
    cacheForwards: of('cacheForwards'),
    ...(startForwards > 0 && { startForwards }),
    trainingForwards: of('trainingForwards'),
    totalForwards: of('totalForwards'),
    trainingSeconds: of('trainingSeconds'),
    trainingSteps: of('trainingSteps'),
  };
}
