import type { Graph } from './graph.ts';
import { expandLast } from './passes/broadcasting.ts';
import { foldConstants } from './passes/constants.ts';
import { simplifyLayout } from './passes/layout.ts';
import { mergeProducts } from './passes/products.ts';
import { shareCommon } from './passes/shared.ts';
import { type Pass, settle } from './rewrite.ts';

/** The passes by name: first those that simplify, applied until nothing changes. */
export const simplifying: Readonly<Record<string, Pass>> = { expandLast, foldConstants, simplifyLayout, shareCommon };

/** Then those that choose operations which run faster. */
export const choosing: Readonly<Record<string, Pass>> = { mergeProducts };

/** The same program with less to do. `without` names passes to leave out, to measure what they are worth. */
export function optimize(graph: Graph, without: readonly string[] = []): Graph {
  const used = (passes: Readonly<Record<string, Pass>>) =>
    Object.entries(passes).flatMap(([name, pass]) => (without.includes(name) ? [] : [pass]));
  return settle(settle(graph, used(simplifying)), used(choosing));
}
