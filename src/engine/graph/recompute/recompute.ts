/** Gradients that compute values of the forward pass again instead of keeping them. */
import { type Graph, type Node, nodesOf, scalar, type Value } from '../graph.ts';
import { apply, dtypes, remake } from '../operations.ts';
import { type Due, dueOf, neededBy } from './due.ts';
import { inOrder, lately, usersIn } from './order.ts';
import { segmentsOf } from './segments.ts';

/** What of a step's inputs grows with the batch, and which outputs its forward pass gives. */
export interface StepParts {
  readonly batch: (input: string) => boolean;
  readonly forward: (output: string) => boolean;
}

/**
 * A step's program that keeps a few values of its forward pass, between its segments, and computes the others of a segment
 * again when its gradients are due. Run after every pass that shares what is equal. Gives the same graph where nothing is saved.
 */
export function recompute(graph: Graph, parts: StepParts): Graph {
  const { forward, backward } = halvesOf(graph, parts);
  const moving = movingOf(graph, parts);
  const users = usersIn(backward);
  const plan = segmentsOf(
    forward.filter(({ outputs }) => outputs.some(moving)),
    (value) => users(value).length > 0,
  );
  const due = dueOf(plan, backward, users);
  if (due.length === 0) return graph;
  const again = new Map<Value, Value>();
  const current = new Map<Value, Value>();
  const now = (value: Value): Value => again.get(value) ?? current.get(value) ?? value;
  const made = new Set<Due>();
  for (const node of inOrder(backward, (each) => neededBy(each, due))) {
    for (const segment of due.filter(({ users }) => users.has(node))) {
      if (made.has(segment)) continue;
      made.add(segment);
      const nothing = zeroAfter(segment.after.map(({ outputs }) => now(outputs[0] as Value)));
      for (const [value, clone] of clonesOf(segment.nodes, { kept: plan.kept, moving, nothing }))
        again.set(value, clone);
    }
    const inputs = node.inputs.map(now);
    if (inputs.every((input, index) => input === node.inputs[index])) continue;
    const outputs = remake(node, inputs).outputs;
    for (const [index, output] of node.outputs.entries()) current.set(output, outputs[index] as Value);
  }
  const outputs = Object.entries(graph.outputs).map(([name, value]) => [name, current.get(value) ?? value] as const);
  return { inputs: graph.inputs, outputs: Object.fromEntries(outputs) };
}

/** The nodes that the forward pass's outputs need, each as late as it can be, and the others. */
function halvesOf(
  graph: Graph,
  parts: StepParts,
): { readonly forward: readonly Node[]; readonly backward: readonly Node[] } {
  const outputs = Object.entries(graph.outputs).filter(([name]) => parts.forward(name));
  const forward = nodesOf({ inputs: graph.inputs, outputs: Object.fromEntries(outputs) });
  const known = new Set(forward);
  return { forward: lately(forward), backward: nodesOf(graph).filter((node) => !known.has(node)) };
}

/** Whether a value grows with the batch: what is made of weights alone is kept. */
function movingOf(graph: Graph, { batch }: StepParts): (value: Value) => boolean {
  const known = new Set(graph.inputs.filter(({ source }) => source.kind === 'input' && batch(source.name)));
  for (const { inputs, outputs } of nodesOf(graph))
    if (inputs.some((input) => known.has(input))) for (const output of outputs) known.add(output);
  return (value) => known.has(value);
}

/** Zero, once these values are there, whatever they are: no number is greater than infinity, and no NaN. */
function zeroAfter(values: readonly Value[]): Value {
  const elements = values.map((value) => {
    const rank = value.shape.length;
    if (rank === 0) return value;
    const one = apply('Slice', [value], { starts: new Array(rank).fill(0), lengths: new Array(rank).fill(1) });
    return apply('Reshape', [one], { shape: [] });
  });
  const [first = scalar(0), ...others] = elements;
  const together = others.length === 0 ? first : apply('Sum', elements);
  return apply('Cast', [apply('Greater', [together, scalar(Number.POSITIVE_INFINITY)])], {
    to: dtypes.indexOf('float32'),
  });
}

/** What clones of a segment are made with. */
interface Again {
  readonly kept: ReadonlySet<Value>;
  readonly moving: (value: Value) => boolean;
  readonly nothing: Value;
}

/**
 * The segment's values made again. What they are made of is given with zero added that waits for later segments' gradients: without
 * it the runtime would see that both are the same, or compute them at once.
 */
function clonesOf(nodes: readonly Node[], { kept, moving, nothing }: Again): Map<Value, Value> {
  const clones = new Map<Value, Value>();
  const waiting = new Map<Value, Value>();
  const entering = (value: Value): Value => {
    if (value.dtype !== 'float32' || !moving(value)) return value;
    const known = waiting.get(value) ?? apply('Add', [value, nothing]);
    waiting.set(value, known);
    return known;
  };
  for (const node of nodes) {
    const { outputs } = remake(
      node,
      node.inputs.map((input) => clones.get(input) ?? entering(input)),
    );
    for (const [index, output] of node.outputs.entries())
      if (!kept.has(output)) clones.set(output, outputs[index] as Value);
  }
  return clones;
}
