import { quantile } from '../statistics/interval.ts';
import type { Latency } from './result.ts';

/** How a latency is measured. */
export interface LatencyOptions {
  /** The batch size of a call, as it is reported. */
  readonly batch: number;
  /** Measured calls; 100 unless given. */
  readonly calls?: number;
  /** Calls before, which are not measured; 10 unless given. */
  readonly warmup?: number;
  /** The clock in milliseconds. */
  readonly now?: () => number;
}

/** The quantiles of the time of one call, one call after another. */
export async function measureLatency(
  call: () => Promise<unknown>,
  { batch, calls = 100, warmup = 10, now = () => performance.now() }: LatencyOptions,
): Promise<Latency> {
  for (let i = 0; i < warmup; i++) await call();
  const times = new Float64Array(calls);
  for (let i = 0; i < calls; i++) {
    const start = now();
    await call();
    times[i] = now() - start;
  }
  times.sort();
  return { batch, calls, p50: quantile(times, 0.5), p90: quantile(times, 0.9), p99: quantile(times, 0.99) };
}
