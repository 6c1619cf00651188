import type { Latency } from '../../evaluation/stage/result.ts';
import { milliseconds } from '../number.ts';
import { type Html, html } from './html.ts';

/** A latency in a table: the median, below it the 90th and the 99th percentile in the same unit. */
export function latencyText({ p50, p90, p99 }: Latency): Html {
  const [median, ...tail] = milliseconds(p50, p90, p99);
  return html`${median} <small>${tail.join(' · ')}</small>`;
}
