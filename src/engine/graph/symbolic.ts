import { GraphError } from '../../ground/errors.ts';
import type { HostData } from '../../ground/host-tensor.ts';
import { type Attributes, attributeEntries } from './attributes.ts';
import { constantData, type Graph, type Node, nodesOf, scalar, type Value } from './graph.ts';
import { apply, dtypes, makeTyped } from './operations.ts';
import { printShape, type Shape, type Size } from './size.ts';

/** A trace of a function and the size that stood for the batch in it. */
export interface Trace {
  readonly graph: Graph;
  readonly batch: number;
}

/**
 * One graph for every batch, from traces at two sizes: where they differ, a size must be a multiple of the batch and a
 * constant a number times the batch or its reciprocal. Throws a GraphError that names the operation otherwise.
 */
export function symbolicBatch(first: Trace, second: Trace): Graph {
  const unifier = new Unifier(first, second);
  const [nodes, others] = [nodesOf(first.graph), nodesOf(second.graph)];
  const count = Math.max(nodes.length, others.length);
  const inputs = first.graph.inputs.map((input, index) => unifier.input(input, second.graph.inputs[index]));
  for (let index = 0; index < count; index++) unifier.node(nodes[index], others[index]);
  const outputs = Object.entries(first.graph.outputs).map(([name, value]) => {
    return [name, unifier.value(value, second.graph.outputs[name], `output '${name}'`)] as const;
  });
  return { inputs, outputs: Object.fromEntries(outputs) };
}

/** Whether two constants are the same bits of numbers; weights are the same memory. */
const sameData = (a: HostData, b: HostData): boolean =>
  a === b || (a.length === b.length && a.every((element: number, index) => Object.is(element, b[index])));

class Unifier {
  readonly #values = new Map<Value, { readonly other: Value | undefined; readonly unified: Value }>();
  readonly #batches: readonly [number, number];

  constructor(first: Trace, second: Trace) {
    this.#batches = [first.batch, second.batch];
  }

  input(input: Value, other: Value | undefined): Value {
    const shape = this.#shape(input.shape, other?.shape ?? [], 'input');
    const unified: Value = { ...input, shape };
    this.#values.set(input, { other, unified });
    return unified;
  }

  node(node: Node | undefined, other: Node | undefined): void {
    const [what, wanted] = [node?.operation ?? 'nothing', other?.operation ?? 'nothing'];
    if (node === undefined || other === undefined || node.operation !== other.operation) {
      throw new GraphError(
        `the operations depend on the batch: ${what} at ${this.#at(0)}, ${wanted} at ${this.#at(1)}`,
      );
    }
    const inputs = node.inputs.map((input, index) => this.value(input, other.inputs[index], what));
    const attributes = this.#attributes(node, other);
    const results = node.outputs.map(({ shape, dtype }, index) => ({
      shape: this.#shape(shape, other.outputs[index]?.shape ?? [], what),
      dtype,
    }));
    const { outputs } = makeTyped(node.operation, inputs, attributes, results);
    for (const [index, unified] of outputs.entries()) {
      this.#values.set(node.outputs[index] as Value, { other: other.outputs[index], unified });
    }
  }

  /** The unified value of a pair; `place` is who uses it, for errors. */
  value(value: Value, other: Value | undefined, place: string): Value {
    const known = this.#values.get(value);
    if (known !== undefined) {
      if (known.other === other) return known.unified;
      throw new GraphError(`${place} takes different inputs at ${this.#at(0)} and at ${this.#at(1)}`);
    }
    const unified = this.#constant(value, other, place);
    this.#values.set(value, { other, unified });
    return unified;
  }

  #constant(value: Value, other: Value | undefined, place: string): Value {
    const [data, differing] = [constantData(value), constantData(other)];
    if (data === undefined || differing === undefined) throw new GraphError(`${place}: a value without its node`);
    if (sameData(data, differing)) return value;
    if (data.length === 1 && differing.length === 1)
      return this.#scalar(value, [data[0] ?? 0, differing[0] ?? 0], place);
    throw new GraphError(
      `${place} takes a constant that carries the batch: ${printShape(value.shape)} at ${this.#at(0)}, ` +
        `${printShape(other?.shape ?? [])} at ${this.#at(1)}`,
    );
  }

  /** c·batch or c/batch. */
  #scalar(value: Value, [a, b]: readonly [number, number], place: string): Value {
    const [batchA, batchB] = this.#batches;
    const near = (x: number, y: number) => Math.abs(x - y) <= 1e-6 * Math.abs(x);
    const size = apply('BatchSize', []);
    const computed = near(a / batchA, b / batchB)
      ? apply('Mul', [size, scalar(a / batchA)])
      : near(a * batchA, b * batchB)
        ? apply('Div', [scalar(a * batchA), size])
        : undefined;
    if (computed === undefined) {
      throw new GraphError(
        `${place} takes a number that depends on the batch, but is no multiple of it or its reciprocal: ` +
          `${a} at ${this.#at(0)}, ${b} at ${this.#at(1)}`,
      );
    }
    const typed = value.dtype === 'float32' ? computed : apply('Cast', [computed], { to: dtypes.indexOf(value.dtype) });
    return value.shape.length === 0 ? typed : apply('Reshape', [typed], { shape: value.shape });
  }

  #attributes(node: Node, other: Node): Attributes {
    const others = new Map(attributeEntries(other.attributes));
    const pairs = attributeEntries(node.attributes).map(([name, attribute]) => {
      const differing = others.get(name);
      const place = `${node.operation}'s ${name}`;
      if (typeof attribute === 'object' && typeof differing === 'object') {
        return [name, this.#shape(attribute, differing, place)] as const;
      }
      if (attribute !== differing) throw new GraphError(`${place} depends on the batch: ${attribute}, ${differing}`);
      return [name, attribute] as const;
    });
    return Object.fromEntries(pairs) as Attributes;
  }

  #shape(a: Shape, b: Shape, place: string): Shape {
    if (a.length !== b.length) throw new GraphError(`${place}: the rank depends on the batch`);
    return a.map((size, axis) => this.#size(size, b[axis] ?? 0, place));
  }

  #size(a: Size, b: Size, place: string): Size {
    if (a === b || typeof a === 'object' || typeof b === 'object') return a;
    const factor = a / this.#batches[0];
    if (Number.isInteger(factor) && factor * this.#batches[1] === b) return { batch: factor };
    throw new GraphError(
      `${place}: a size depends on the batch, but is no multiple of it: ${a} at ${this.#at(0)}, ${b} at ${this.#at(1)}`,
    );
  }

  #at = (which: 0 | 1): string => `batch ${this.#batches[which]}`;
}
