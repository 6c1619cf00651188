import { constantData, type Graph, type Node, nodeOf, nodesOf, type Value } from '../graph.ts';
import { apply } from '../operations.ts';
import { type Pass, rewrite } from '../rewrite.ts';
import type { Size } from '../size.ts';

/**
 * Products of several inputs by one constant matrix are one product, of the inputs above each other, where none of them waits for
 * the result of another: the modulations of all steps of an unrolled sampler. The matrix is then read once and packed once.
 */
export const stepsTogether: Pass = (graph) => {
  let current = graph;
  for (let group = nextGroup(current); group !== undefined; group = nextGroup(current))
    current = merged(current, group);
  return current;
};

const output = (node: Node): Value => node.outputs[0] as Value;

/** Products by the same weights, at least two, of which none is made of another. */
function nextGroup(graph: Graph): readonly Node[] | undefined {
  const groups = new Map<Value, Node[]>();
  for (const node of nodesOf(graph)) if (isProduct(node)) push(groups, node.inputs[1] as Value, node);
  for (const group of groups.values()) {
    const free = independent(group);
    if (free.length > 1) return free;
  }
  return undefined;
}

function push(groups: Map<Value, Node[]>, weight: Value, node: Node): void {
  const group = groups.get(weight);
  if (group === undefined) groups.set(weight, [node]);
  else group.push(node);
}

/** A Gemm of a matrix and constants, its rows the batch. */
const isProduct = ({ operation, inputs, attributes }: Node): boolean =>
  operation === 'Gemm' &&
  attributes.transA !== 1 &&
  inputs[0]?.shape.length === 2 &&
  inputs.slice(1).every((input) => constantData(input) !== undefined) &&
  (inputs[2]?.shape.length ?? 1) === 1;

/** Those of a group that are like its first one and not made of one another. */
function independent(group: readonly Node[]): Node[] {
  const [first] = group;
  const alike = group.filter(
    ({ inputs: [, , addend], attributes }) =>
      addend === first?.inputs[2] && JSON.stringify(attributes) === JSON.stringify(first?.attributes),
  );
  const chosen: Node[] = [];
  for (const node of alike) {
    const needed = neededBy(node);
    if (!chosen.some((other) => needed.has(other))) chosen.push(node);
  }
  return chosen;
}

/** All nodes that a node is made of. */
function neededBy(node: Node): ReadonlySet<Node> {
  const found = new Set<Node>();
  const pending = [node];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const input of next.inputs) {
      const producer = nodeOf(input);
      if (producer === undefined || found.has(producer)) continue;
      found.add(producer);
      pending.push(producer);
    }
  }
  return found;
}

function merged(graph: Graph, group: readonly Node[]): Graph {
  const [first] = group;
  if (first?.operation !== 'Gemm') return graph;
  const inputs = group.map((node) => node.inputs[0] as Value);
  const product = apply('Gemm', [apply('Concat', inputs, { axis: 0 }), ...first.inputs.slice(1)], first.attributes);
  const split = inputs.map(({ shape }): Size => shape[0] ?? 1);
  const parts = nodeOf(apply('Split', [product], { axis: 0, split }))?.outputs ?? [];
  const places = new Map(group.map((node, index) => [output(node), parts[index]] as const));
  return rewrite(graph, (_, __, original) => places.get(output(original)));
}
