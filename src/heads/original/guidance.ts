/** Classifier-free guidance (arXiv 2207.12598) as the original systems stack it: groups of rows, the same x in each. */
import { DataError } from '../../ground/errors.ts';
import { columns, repeated, rowNorms } from './rows.ts';
import type { Problem, Settings } from './rule.ts';

/** How strongly the groups are mixed. */
export type Mixing = Pick<Settings, 'guidance' | 'imageGuidance' | 'normLimited'>;

/**
 * One prediction [rows, width] out of those of 1, 2 or 3 groups [groups·rows, width]: c; u + g·(c − u);
 * u2 + g_image·(u1 − u2) + g·(c − u1), groups in the order c, u or c, u1, u2 (NextStep-1's editing, arXiv 2508.10711).
 */
export function mixGroups(predictions: Float64Array, groups: number, width: number, mixing: Mixing): Float64Array {
  const size = predictions.length / groups;
  const [conditional, first, second] = [0, 1, 2].map((group) =>
    predictions.subarray(Math.min(group, groups - 1) * size, (Math.min(group, groups - 1) + 1) * size),
  );
  const { guidance, imageGuidance } = mixing;
  const mixed = Float64Array.from({ length: size }, (_, i) => {
    const [c, u1, u2] = [conditional?.[i] ?? 0, first?.[i] ?? 0, second?.[i] ?? 0];
    if (groups === 1) return c;
    return groups === 2 ? u1 + guidance * (c - u1) : u2 + imageGuidance * (u1 - u2) + guidance * (c - u1);
  });
  return mixing.normLimited && groups > 1 ? limited(mixed, conditional ?? mixed, width) : mixed;
}

/** Rows shortened to the norms of the others' rows: times clip(‖other‖/(‖row‖ + 1e-6), 0, 1). */
function limited(mixed: Float64Array, others: Float64Array, width: number): Float64Array {
  const [own, bounds] = [rowNorms(mixed, width), rowNorms(others, width)];
  return mixed.map((value, i) => {
    const row = Math.floor(i / width);
    return value * Math.min(1, (bounds[row] ?? 0) / ((own[row] ?? 0) + 1e-6));
  });
}

/** How states and conditions lie: `groups` conditions a distinct state; stacked when each state is there once a group. */
export interface Layout {
  readonly groups: number;
  readonly stacked: boolean;
}

/**
 * The layout of states under conditions. As many conditions as states are one group, or, under guidance, stacked ones
 * that repeat their states as MAR's code does. Throws DataError when the rows do not fit.
 */
export function layoutOf(rows: number, conditions: number, { guidance, imageGuidance }: Mixing): Layout {
  const groups = conditions / rows;
  if (groups === 2 || groups === 3) return { groups, stacked: false };
  if (groups !== 1)
    throw new DataError(
      `c: expected ${rows}, ${2 * rows} or ${3 * rows} rows for ${rows} rows of x (1, 2 or 3 groups), got ${conditions}`,
    );
  if (guidance === 1 && imageGuidance === 1) return { groups, stacked: false };
  const needed = imageGuidance === 1 ? 2 : 3;
  if (rows % needed !== 0)
    throw new DataError(
      `c: expected ${needed * rows} rows (${needed} groups) to guide ${rows} rows of x, got ${conditions}`,
    );
  return { groups: needed, stacked: true };
}

/** What a network predicts for every row of the state: the token's part guided, the rest as it came. */
export interface Guided {
  readonly prediction: Float64Array;
  readonly rest: Float64Array;
}

/** Splits outputs [groups·distinct, W] into the guided token part and the rest, both a row a state. */
export function splitGuided(
  outputs: Float32Array,
  width: number,
  token: number,
  { groups, stacked }: Layout,
  mixing: Mixing,
): Guided {
  const mixed = mixGroups(columns(outputs, width, 0, token), groups, token, mixing);
  const rest = columns(outputs, width, token, width);
  return {
    prediction: stacked ? repeated(mixed, groups) : mixed,
    rest: stacked ? rest : rest.subarray(0, rest.length / groups),
  };
}

/** The network's guided prediction at states x [rows, D] and one time (with s of two-time heads). */
export async function predict(
  { evaluate, conditions, rows, token }: Problem,
  mixing: Mixing,
  x: Float64Array,
  t: number,
): Promise<Guided> {
  const layout = layoutOf(rows, conditions.shape[0] ?? 0, mixing);
  const distinct = layout.stacked ? x.subarray(0, x.length / layout.groups) : x;
  const calls = (distinct.length / token) * layout.groups;
  const outputs = await evaluate({
    x: { shape: [calls, token], data: Float32Array.from(repeated(distinct, layout.groups)) },
    t: new Float32Array(calls).fill(t),
    c: conditions,
  });
  return splitGuided(outputs, outputs.length / calls, token, layout, mixing);
}
