import { type Graph, type Node, nodesOf, useCounts, type Value } from './graph.ts';
import { makeTyped } from './operations.ts';

/** How often a value is used in the graph that is rewritten. */
export type Uses = (value: Value) => number;

/**
 * What to put in the place of a node: its new result or results, or nothing to keep it. The node's inputs have been
 * rewritten already; `original` is the node as the graph has it.
 */
export type Rule = (node: Node, uses: Uses, original: Node) => Value | readonly Value[] | undefined;

/** A graph for a graph, computing the same. */
export type Pass = (graph: Graph) => Graph;

/** Tries rules on every node, in order, once; the first that applies wins. Gives the same graph if none applies. */
export function rewrite(graph: Graph, ...rules: readonly Rule[]): Graph {
  const nodes = nodesOf(graph);
  const counts = useCounts(graph, nodes);
  const replacements = new Map<Value, Value>();
  const current = (value: Value): Value => replacements.get(value) ?? value;
  for (const node of nodes) {
    const candidate = withInputs(node, node.inputs.map(current));
    const outputs = firstResult(rules, candidate, (value) => counts.get(value) ?? 0, node) ?? candidate.outputs;
    for (const [index, output] of outputs.entries()) {
      const old = node.outputs[index];
      if (old === undefined || old === output) continue;
      replacements.set(old, output);
      counts.set(output, Math.max(counts.get(old) ?? 0, counts.get(output) ?? 0));
    }
  }
  if (replacements.size === 0) return graph;
  const outputs = Object.entries(graph.outputs).map(([name, value]) => [name, current(value)] as const);
  return { inputs: graph.inputs, outputs: Object.fromEntries(outputs) };
}

/** The node, or one like it with other inputs. */
export function withInputs(node: Node, inputs: readonly Value[]): Node {
  const same = inputs.every((input, index) => input === node.inputs[index]);
  return same ? node : makeTyped(node.operation, inputs, node.attributes, node.outputs);
}

function firstResult(rules: readonly Rule[], node: Node, uses: Uses, original: Node): readonly Value[] | undefined {
  for (const rule of rules) {
    const result = rule(node, uses, original);
    if (result !== undefined) return [result].flat();
  }
  return undefined;
}

/** Applies passes in order, again and again, until none changes anything. */
export function settle(graph: Graph, passes: readonly Pass[], rounds = 20): Graph {
  let current = graph;
  for (let round = 0; round < rounds; round++) {
    const before = current;
    for (const pass of passes) current = pass(current);
    if (current === before) break;
  }
  return current;
}
