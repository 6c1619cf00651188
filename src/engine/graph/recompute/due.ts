/** When each segment of a forward pass is computed again. */
import type { Node, Value } from '../graph.ts';
import { inOrder, producers } from './order.ts';
import type { Segments } from './segments.ts';

/** A segment to compute again: its nodes that are needed, what uses it, and the gradients that are to be there before. */
export interface Due {
  readonly nodes: readonly Node[];
  readonly users: ReadonlySet<Node>;
  readonly after: readonly Node[];
}

/** What a gradient's node needs: what makes its inputs, and what its segments wait for. */
export const neededBy = (node: Node, due: readonly Due[]): Node[] => [
  ...producers(node),
  ...due.flatMap(({ users, after }) => (users.has(node) ? after : [])),
];

/**
 * The segments to compute again, from the last on: each once everything is there that neither it nor an earlier one is
 * needed for, by another segment's waiting or not.
 */
export function dueOf(
  { segments, kept }: Segments,
  backward: readonly Node[],
  users: (value: Value) => readonly Node[],
): Due[] {
  const again = segments.map((nodes) =>
    nodes.flatMap(({ outputs }) => outputs.filter((value) => !kept.has(value) && users(value).length > 0)),
  );
  const due: Due[] = [];
  for (const [index, segment] of [...segments.entries()].reverse()) {
    const values = again[index] ?? [];
    const following = followersOf(
      again
        .slice(0, index + 1)
        .flat()
        .flatMap(users),
      backward,
      due,
    );
    const after = lastOf(backward.filter((node) => !following.has(node)));
    if (values.length === 0 || after.length === 0) continue;
    due.push({ nodes: neededFor(new Set(values), segment, kept), users: new Set(values.flatMap(users)), after });
  }
  return due;
}

/** These nodes and all that need them. */
function followersOf(nodes: readonly Node[], backward: readonly Node[], due: readonly Due[]): ReadonlySet<Node> {
  const found = new Set(nodes);
  for (const node of inOrder(backward, (each) => neededBy(each, due)))
    if (neededBy(node, due).some((needed) => found.has(needed))) found.add(node);
  return found;
}

/** Those with a float32 result that none of the others needs. */
function lastOf(nodes: readonly Node[]): Node[] {
  const needed = new Set<Node>();
  const pending = [...nodes];
  for (let node = pending.pop(); node !== undefined; node = pending.pop())
    for (const producer of producers(node)) {
      if (needed.has(producer)) continue;
      needed.add(producer);
      pending.push(producer);
    }
  return nodes.filter((node) => !needed.has(node) && node.outputs[0]?.dtype === 'float32');
}

/** The nodes of a segment that these of its values need, as far as what is kept. */
function neededFor(values: ReadonlySet<Value>, segment: readonly Node[], kept: ReadonlySet<Value>): Node[] {
  const needed = new Set(values);
  const found: Node[] = [];
  for (const node of segment.toReversed()) {
    if (!node.outputs.some((output) => needed.has(output))) continue;
    found.push(node);
    for (const input of node.inputs) if (!kept.has(input)) needed.add(input);
  }
  return found.reverse();
}
