/** Orders of a graph's nodes: each after those that it needs. */
import { type Node, nodeOf, type Value } from '../graph.ts';

/** The same nodes, each as late as those that need it allow: what all layers make of a condition comes with its layer. */
export function lately(nodes: readonly Node[]): Node[] {
  const depths = new Map<Node, number>();
  const depthOf = (node: Node): number => depths.get(node) ?? 0;
  for (const node of nodes) depths.set(node, 1 + Math.max(0, ...producers(node).map(depthOf)));
  return inOrder(nodes.toReversed(), (node) => producers(node).sort((a, b) => depthOf(a) - depthOf(b)));
}

/** Nodes, each after those that it needs, of which the last comes first. */
export function inOrder(nodes: readonly Node[], needs: (node: Node) => readonly Node[]): Node[] {
  const wanted = new Set(nodes);
  const placed = new Set<Node>();
  const entered = new Set<Node>();
  const pending = nodes.toReversed();
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (entered.has(node)) {
      placed.add(node);
      continue;
    }
    entered.add(node);
    pending.push(node, ...needs(node).filter((needed) => wanted.has(needed) && !entered.has(needed)));
  }
  return [...placed];
}

/** The nodes that make what a node takes. */
export const producers = ({ inputs }: Node): Node[] => inputs.flatMap((input) => nodeOf(input) ?? []);

/** The nodes, of these, that use a value. */
export function usersIn(nodes: readonly Node[]): (value: Value) => readonly Node[] {
  const uses = new Map<Value, Node[]>();
  for (const node of nodes)
    for (const input of node.inputs) {
      const known = uses.get(input);
      if (known === undefined) uses.set(input, [node]);
      else known.push(node);
    }
  return (value) => uses.get(value) ?? [];
}
