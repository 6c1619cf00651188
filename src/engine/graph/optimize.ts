import type { Graph } from './graph.ts';
import { expandLast } from './passes/broadcasting.ts';
import { constantRows } from './passes/constant-rows.ts';
import { foldConstants } from './passes/constants.ts';
import { simplifyLayout } from './passes/layout.ts';
import { normalizeRows, normalizeWithStatistics } from './passes/normalization.ts';
import { mergeProducts } from './passes/products.ts';
import { rowsOnce } from './passes/rows-once.ts';
import { shareCommon } from './passes/shared.ts';
import { gradeSilu, mergeSilu } from './passes/silu.ts';
import { stepsTogether } from './passes/steps-together.ts';
import { type Pass, settle } from './rewrite.ts';

/** What a program is made for: a file for any runtime, onnxruntime on some provider, or its cpu provider. */
export type Target = 'export' | 'accelerator' | 'cpu';

/** The passes by name. First those that simplify, applied until nothing changes. */
export const simplifying: Readonly<Record<string, Pass>> = { expandLast, foldConstants, simplifyLayout, shareCommon };

/** Then, together with them, those that choose operations which run faster on a target. */
export const choosing: Readonly<Record<Target, Readonly<Record<string, Pass>>>> = {
  export: { mergeProducts, normalizeRows, gradeSilu, constantRows },
  accelerator: { mergeProducts, normalizeRows, gradeSilu, constantRows },
  cpu: { mergeProducts, normalizeWithStatistics, gradeSilu, constantRows },
};

/** Last, those that hide what other passes look for; com.microsoft's operators are not for exports. */
export const merging: Readonly<Record<Target, Readonly<Record<string, Pass>>>> = {
  export: { stepsTogether },
  accelerator: { mergeSilu },
  cpu: { mergeSilu },
};

/** The same program with less to do, before operations are chosen: what rows share is computed for one, which choices would hide. */
export const simplify = (graph: Graph): Graph => settle(graph, [...Object.values(simplifying), rowsOnce]);

/** The same program with less to do. `without` names passes to leave out, to measure what they are worth. */
export function optimize(graph: Graph, target: Target, without: readonly string[] = []): Graph {
  const used = (passes: Readonly<Record<string, Pass>>) =>
    Object.entries(passes).flatMap(([name, pass]) => (without.includes(name) ? [] : [pass]));
  const simple = settle(graph, used(simplifying));
  const chosen = settle(simple, [...used(simplifying), ...used(choosing[target])]);
  return settle(chosen, used(merging[target]));
}
