/** Which values of a forward pass are kept for the gradients, and which are computed again. */
import type { Node, Value } from '../graph.ts';
import { elements } from '../size.ts';

/** A value of the forward pass: where it is made and last used there, and whether gradients use it. */
interface Lifetime {
  readonly made: number;
  readonly lastUse: number;
  readonly saved: boolean;
  readonly bytes: number;
}

/** A forward pass in segments; what later segments or the loss use is kept, and all of the last segment. */
export interface Segments {
  readonly segments: readonly (readonly Node[])[];
  readonly kept: ReadonlySet<Value>;
  /** What gradients keep in memory: everything that they use, and at the most with this plan; at 1,024 of a symbolic batch. */
  readonly bytes: { readonly whole: number; readonly planned: number };
}

/** Segments are tried of these parts of what all gradients use. */
const MOST_PARTS = 32;

/**
 * Cuts a forward pass where little crosses: of cuts for many budgets a segment those with the least memory in all (Chen et al.
 * 2016, arXiv 1604.06174, algorithm 3). `saved` tells what gradients use.
 */
export function segmentsOf(forward: readonly Node[], saved: (value: Value) => boolean): Segments {
  const lifetimes = lifetimesOf(forward, saved);
  const all = [...lifetimes.values()];
  const whole = sum(all.filter((value) => value.saved));
  let best: { readonly cuts: readonly number[]; readonly planned: number } = { cuts: [], planned: whole };
  for (let parts = 2; parts <= MOST_PARTS; parts++) {
    const cuts = cutsFor(all, forward.length, whole / parts);
    const planned = memoryOf(all, cuts);
    if (planned < best.planned) best = { cuts, planned };
  }
  const ends = [...best.cuts.map((cut) => cut + 1), forward.length];
  const last = best.cuts.at(-1) ?? -1;
  const kept = [...lifetimes].filter(([, value]) => value.made > last || crosses(value, best.cuts));
  return {
    segments: ends.map((end, index) => forward.slice(ends[index - 1] ?? 0, end)),
    kept: new Set(kept.map(([value]) => value)),
    bytes: { whole, planned: best.planned },
  };
}

function lifetimesOf(forward: readonly Node[], saved: (value: Value) => boolean): Map<Value, Lifetime> {
  const found = new Map<Value, Lifetime>();
  for (const [made, { outputs }] of forward.entries())
    for (const value of outputs)
      found.set(value, { made, lastUse: made, saved: saved(value), bytes: bytesOfValue(value) });
  for (const [place, { inputs }] of forward.entries())
    for (const input of inputs) {
      const known = found.get(input);
      if (known !== undefined) found.set(input, { ...known, lastUse: place });
    }
  return found;
}

/** The bytes of a value, at 1,024 of a symbolic batch. */
function bytesOfValue({ shape, dtype }: Value): number {
  const size = elements(shape);
  return (dtype === 'bool' ? 1 : 4) * (typeof size === 'number' ? size : 1024 * size.batch);
}

const sum = (values: readonly Lifetime[]): number => values.reduce((total, { bytes }) => total + bytes, 0);

/** Whether a value is made before a cut and used after it. */
const crosses = ({ made, lastUse }: Lifetime, cuts: readonly number[]): boolean =>
  cuts.some((cut) => made <= cut && cut < lastUse);

/** Cuts a pass wherever a segment's saved values exceed a budget: at the place in it that adds least to what is kept. */
function cutsFor(values: readonly Lifetime[], count: number, budget: number): number[] {
  const cuts: number[] = [];
  const savedAt = new Float64Array(count);
  for (const { made, saved, bytes } of values) if (saved) savedAt[made] = (savedAt[made] ?? 0) + bytes;
  let start = 0;
  let held = 0;
  for (let place = 0; place < count; place++) {
    held += savedAt[place] ?? 0;
    if (held <= budget || place === start) continue;
    const cut = narrowest(
      crossing(
        values.filter((value) => !crosses(value, cuts)),
        count,
      ),
      start,
      place,
    );
    cuts.push(cut);
    start = cut + 1;
    held = savedAt.subarray(start, place + 1).reduce((total, bytes) => total + bytes, 0);
  }
  return cuts;
}

/** The bytes that cross a cut behind each place. */
function crossing(values: readonly Lifetime[], count: number): Float64Array {
  const found = new Float64Array(count + 1);
  for (const { made, lastUse, bytes } of values) {
    found[made] = (found[made] ?? 0) + bytes;
    found[lastUse] = (found[lastUse] ?? 0) - bytes;
  }
  for (let place = 1; place <= count; place++) found[place] = (found[place] ?? 0) + (found[place - 1] ?? 0);
  return found;
}

/** The place with the least bytes, of several the last. */
function narrowest(bytes: Float64Array, start: number, end: number): number {
  let best = start;
  for (let place = start; place < end; place++) if ((bytes[place] ?? 0) <= (bytes[best] ?? 0)) best = place;
  return best;
}

/** What is kept for all of the gradients, and the largest segment that is computed again. */
function memoryOf(values: readonly Lifetime[], cuts: readonly number[]): number {
  const kept = sum(values.filter((value) => crosses(value, cuts)));
  const again = values.filter((value) => value.saved && !crosses(value, cuts));
  const ends = [...cuts, Number.POSITIVE_INFINITY];
  const segments = ends.map((end, index) =>
    sum(again.filter(({ made }) => made <= end && made > (ends[index - 1] ?? -1))),
  );
  return kept + Math.max(...segments);
}
