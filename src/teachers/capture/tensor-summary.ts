import type { Capture } from './capture.ts';
import { type ChannelMoments, ColumnMoments, type NotFinite } from './channel-moments.ts';
import { eachPiece } from './read.ts';
import { countRepeats } from './repeats.ts';
import type { CaptureTensorName } from './tensors.ts';

/** What a tensor of a capture looks like. */
export interface TensorSummary extends ChannelMoments {
  readonly name: CaptureTensorName;
  readonly shape: readonly number[];
  /** Element types of its shards. */
  readonly dtypes: readonly string[];
  /** Numbers that are NaN or infinite, and the first of them. */
  readonly notFinite: number;
  readonly firstNotFinite?: NotFinite;
  /** Rows that are equal to an earlier one, bit by bit. */
  readonly repeats: number;
  /** Columns that hold one number only. */
  readonly constant: number;
  /** Median of the columns' standard deviations. */
  readonly medianStd: number;
  /** The columns that stand out most: far wider or farther off than the median column. */
  readonly outliers: readonly (ChannelMoments & { readonly channel: number })[];
  /** Counts of numbers in equal bins over mean ± 4 std, the outer ones open. */
  readonly histogram: { readonly from: number; readonly to: number; readonly counts: readonly number[] };
}

const BINS = 16;

/** How many times the median spread a column's mean or std must be to stand out, and how many are listed. */
const [FAR, LISTED] = [6, 5];

/** Summarizes a tensor in two passes over its rows. */
export async function summarizeTensor(capture: Capture, name: CaptureTensorName): Promise<TensorSummary> {
  const { shards } = capture;
  const [first] = shards;
  const columns = first?.tensors.get(name)?.shape[1];
  const moments = new ColumnMoments(columns ?? 1);
  const repeats = countRepeats(columns ?? 1);
  await eachPiece(shards, name, ({ data }, shard, from) => {
    moments.add(data, shard.tensors.get(name)?.file ?? '', from);
    if (columns !== undefined) repeats.add(data);
  });
  const channels = moments.channels().filter(({ mean }) => Number.isFinite(mean));
  const whole = pooled(channels);
  return {
    name,
    shape: columns === undefined ? [capture.rows] : [capture.rows, columns],
    dtypes: [...new Set(shards.map(({ tensors }) => tensors.get(name)?.dtype ?? ''))],
    notFinite: moments.notFinite,
    ...(moments.firstNotFinite && { firstNotFinite: moments.firstNotFinite }),
    repeats: repeats.count(),
    constant: channels.filter(({ min, max }) => min === max).length,
    medianStd: median(channels.map(({ std }) => std)),
    ...whole,
    outliers: outliersOf(moments.channels()),
    histogram: await histogramOf(capture, name, whole),
  };
}

/** The moments of all numbers from those of equally long columns. */
function pooled(channels: readonly ChannelMoments[]): ChannelMoments {
  const mean = average(channels.map((channel) => channel.mean));
  const square = average(channels.map((channel) => channel.std ** 2 + (channel.mean - mean) ** 2));
  const extreme = (pick: (...values: number[]) => number, key: 'min' | 'max'): number =>
    channels.reduce((found, channel) => pick(found, channel[key]), channels[0]?.[key] ?? Number.NaN);
  return { mean, std: Math.sqrt(square), min: extreme(Math.min, 'min'), max: extreme(Math.max, 'max') };
}

function outliersOf(channels: readonly ChannelMoments[]): TensorSummary['outliers'] {
  const usual = median(channels.map(({ std }) => std));
  const centre = median(channels.map(({ mean }) => mean));
  const spread = Math.max(usual, median(channels.map(({ mean }) => Math.abs(mean - centre))));
  const distance = ({ mean, std }: ChannelMoments): number =>
    spread > 0 ? Math.max(std / spread, Math.abs(mean - centre) / spread) : 0;
  return channels
    .map((moments, channel) => ({ channel, ...moments }))
    .filter((channel) => distance(channel) > FAR)
    .toSorted((a, b) => distance(b) - distance(a))
    .slice(0, LISTED);
}

async function histogramOf(capture: Capture, name: CaptureTensorName, { mean, std }: ChannelMoments) {
  const half = std > 0 ? 4 * std : 1;
  const counts = Array.from({ length: BINS }, () => 0);
  await eachPiece(capture.shards, name, ({ data }) => {
    for (const value of data) {
      if (!Number.isFinite(value)) continue;
      const bin = Math.floor(((value - mean + half) / (2 * half)) * BINS);
      const kept = Math.min(BINS - 1, Math.max(0, bin));
      counts[kept] = (counts[kept] ?? 0) + 1;
    }
  });
  return { from: mean - half, to: mean + half, counts };
}

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function median(values: readonly number[]): number {
  const sorted = values.filter(Number.isFinite).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
