import type { StoredGraph } from './stored-graph.ts';

type Node = StoredGraph['nodes'][number];

/** Operators that multiply by a matrix of weights. */
const products: ReadonlySet<string> = new Set(['MatMul', 'Gemm']);

/** Operators after which weights are still the same matrix. */
const turns: ReadonlySet<string> = new Set(['Transpose', 'Cast', 'Identity']);

/** A product with a matrix of weights: what it multiplies, and the node. */
interface Product {
  readonly weight: string;
  readonly data: string;
  readonly node: Node;
}

/**
 * Names of a graph's matrices between hidden states, by their places: one reads what another matrix made, and a third one reads
 * what it makes. What reads the graph's inputs or makes its output is none of them.
 */
export function hiddenWeights(graph: Pick<StoredGraph, 'nodes' | 'parameters'>): ReadonlySet<string> {
  const found = productsOf(graph);
  const byNode = new Map(found.map((product) => [product.node, product]));
  const behind = new Set<string>(); // values that a matrix lies behind
  for (const node of graph.nodes)
    if (byNode.has(node) || node.inputs.some((name) => behind.has(name)))
      for (const name of node.outputs) behind.add(name);
  const ahead = new Set<string>(); // values that a matrix will read
  for (const node of graph.nodes.toReversed()) {
    if (node.outputs.some((name) => ahead.has(name))) for (const name of node.inputs) ahead.add(name);
    const product = byNode.get(node);
    if (product) ahead.add(product.data);
  }
  const hidden = found.filter(({ data, node }) => behind.has(data) && node.outputs.some((name) => ahead.has(name)));
  return new Set(hidden.map(({ weight }) => weight));
}

function productsOf({ nodes, parameters }: Pick<StoredGraph, 'nodes' | 'parameters'>): Product[] {
  const weights = new Map(parameters.flatMap(([name, shape]) => (shape.length === 2 ? [[name, name] as const] : [])));
  return nodes.flatMap((node) => {
    const [first = '', second = ''] = node.inputs;
    const [made = ''] = node.outputs;
    const [left, right] = [weights.get(first), weights.get(second)];
    if (left !== undefined && turns.has(node.operator)) weights.set(made, left);
    if (!products.has(node.operator)) return [];
    if (right !== undefined) return [{ weight: right, data: first, node }];
    return left === undefined ? [] : [{ weight: left, data: second, node }];
  });
}
