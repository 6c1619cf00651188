import { type Graph, nodeOf, nodesOf, type Value } from './graph.ts';
import type { TensorSpec } from './program.ts';
import { rewrite } from './rewrite.ts';
import type { Shape } from './size.ts';

/** A graph in two: what can be computed ahead, and the rest, which takes it as inputs of these names and types. */
export interface SplitGraph {
  readonly ahead: Graph;
  readonly each: Graph;
  readonly passed: Readonly<Record<string, TensorSpec>>;
}

/** What a value is made of. */
interface Origin {
  /** Nothing but constants and inputs that stay. */
  readonly stays: boolean;
  /** With a matrix product on the way: what costs less is computed anew. */
  readonly product: boolean;
}

const products: ReadonlySet<string> = new Set(['Gemm', 'MatMul']);

/** Moves the matrix products of inputs that stay, and of constants, out of a graph. Gives nothing where there is none. */
export function splitAhead(graph: Graph, staying: ReadonlySet<string>): SplitGraph | undefined {
  const originOf = origins(graph, staying);
  const moved = frontier(graph, (value) => {
    const { stays, product } = originOf(value);
    return stays && product && value.dtype === 'float32' && specOf(value.shape) !== undefined;
  });
  if (moved.length === 0) return undefined;
  const names = moved.map((_, index) => `ahead.${index}`);
  const inputs = moved.map(
    ({ shape, dtype }, index): Value => ({ shape, dtype, source: { kind: 'input', name: names[index] as string } }),
  );
  const places = new Map(moved.map((value, index) => [value, inputs[index] as Value] as const));
  const rest = rewrite(graph, (node, _, { outputs }) =>
    outputs.some((value) => places.has(value))
      ? outputs.map((value, index) => places.get(value) ?? (node.outputs[index] as Value))
      : undefined,
  );
  return {
    ahead: {
      inputs: graph.inputs.filter((input) => originOf(input).stays),
      outputs: Object.fromEntries(moved.map((value, index) => [names[index], value])),
    },
    each: { inputs: [...graph.inputs, ...inputs], outputs: rest.outputs },
    passed: Object.fromEntries(moved.map(({ shape }, index) => [names[index], specOf(shape) as TensorSpec])),
  };
}

/** The first values on the way from the outputs that can be moved. */
function frontier(graph: Graph, movable: (value: Value) => boolean): Value[] {
  const seen = new Set<Value>();
  const found: Value[] = [];
  const pending = Object.values(graph.outputs).toReversed();
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    if (movable(value)) found.push(value);
    else pending.push(...(nodeOf(value)?.inputs ?? []));
  }
  return found;
}

function origins(graph: Graph, staying: ReadonlySet<string>): (value: Value) => Origin {
  const known = new Map<Value, Origin>();
  const of = (value: Value): Origin => {
    const { source } = value;
    const stays = source.kind === 'constant' || (source.kind === 'input' && staying.has(source.name));
    return known.get(value) ?? { stays, product: false };
  };
  for (const node of nodesOf(graph)) {
    const inputs = node.inputs.map(of);
    const origin = {
      stays: inputs.length > 0 && inputs.every(({ stays }) => stays), // a batch's size is told by inputs that may not stay
      product: products.has(node.operation) || inputs.some(({ product }) => product),
    };
    for (const output of node.outputs) known.set(output, origin);
  }
  return of;
}

/** The type of an input of this shape, where it can be one. */
function specOf(shape: Shape): TensorSpec | undefined {
  const sizes = shape.map((size) =>
    typeof size === 'number' ? size : size.batch === 1 ? ('batch' as const) : undefined,
  );
  const plain = sizes.filter((size) => size !== undefined);
  return plain.length < sizes.length ? undefined : { shape: plain };
}
