import type { Graph } from './graph.ts';
import { expandLast } from './passes/broadcasting.ts';
import { foldConstants } from './passes/constants.ts';
import { simplifyLayout } from './passes/layout.ts';
import { normalizeRows } from './passes/normalization.ts';
import { mergeProducts } from './passes/products.ts';
import { shareCommon } from './passes/shared.ts';
import { gradeSilu, mergeSilu } from './passes/silu.ts';
import { type Pass, settle } from './rewrite.ts';

/** The passes by name: first those that simplify, applied until nothing changes. */
export const simplifying: Readonly<Record<string, Pass>> = { expandLast, foldConstants, simplifyLayout, shareCommon };

/** Then those that choose operations which run faster. */
export const choosing: Readonly<Record<string, Pass>> = { mergeProducts, normalizeRows, gradeSilu };

/** Last, those that need com.microsoft's operators. */
export const vendor: Readonly<Record<string, Pass>> = { mergeSilu };

/** Which passes to apply. */
export interface OptimizeOptions {
  /** Whether com.microsoft's operators may be used. */
  readonly vendor: boolean;
  /** Passes to leave out by name, to measure what they are worth. */
  readonly without?: readonly string[];
}

/** The same program with less to do. */
export function optimize(graph: Graph, options: OptimizeOptions): Graph {
  const used = (passes: Readonly<Record<string, Pass>>) =>
    Object.entries(passes).flatMap(([name, pass]) => (options.without?.includes(name) ? [] : [pass]));
  const simple = settle(graph, used(simplifying));
  const chosen = settle(simple, [...used(simplifying), ...used(choosing)]);
  return options.vendor ? settle(chosen, used(vendor)) : chosen;
}
