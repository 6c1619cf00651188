import type { HostData } from '../../ground/host-tensor.ts';
import type { AttributesOf, OperationName } from './attributes.ts';
import type { Shape } from './size.ts';

/** The element types inside a graph. */
export type DType = 'float32' | 'int32' | 'bool';

/** Where a value comes from. */
export type Source =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'constant'; readonly data: HostData; readonly name?: string }
  | { readonly kind: 'node'; readonly node: Node };

/** A tensor in a graph: its type and where it comes from. */
export interface Value {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly source: Source;
}

/** One kind of operation in a graph. Never changed after it is made; passes make new ones. */
export interface NodeOf<Name extends OperationName> {
  readonly serial: number;
  readonly operation: Name;
  readonly inputs: readonly Value[];
  readonly attributes: AttributesOf<Name>;
  readonly outputs: readonly Value[];
}

/** An operation in a graph: its name tells what its attributes are. */
export type Node = { [Name in OperationName]: NodeOf<Name> }[OperationName];

/** A whole program: inputs in their order, outputs by name; nodes are what the outputs reach. */
export interface Graph {
  readonly inputs: readonly Value[];
  readonly outputs: Readonly<Record<string, Value>>;
}

/** The node that makes a value, if one does. */
export const nodeOf = (value: Value): Node | undefined =>
  value.source.kind === 'node' ? value.source.node : undefined;

/** The node that makes a value, if it is of that operation. */
export function madeBy<Name extends OperationName>(
  value: Value | undefined,
  operation: Name,
): NodeOf<Name> | undefined {
  const node = value && nodeOf(value);
  return node !== undefined && is(node, operation) ? node : undefined;
}

/** Whether a node is of an operation. */
const is = <Name extends OperationName>(node: NodeOf<OperationName>, operation: Name): node is NodeOf<Name> =>
  node.operation === operation;

/** The data of a constant value. */
export const constantData = (value: Value | undefined): HostData | undefined =>
  value?.source.kind === 'constant' ? value.source.data : undefined;

/** The value of a constant with one element. */
export function scalarOf(value: Value | undefined): number | undefined {
  const data = constantData(value);
  return data?.length === 1 ? data[0] : undefined;
}

/** All nodes that the outputs need, each after the nodes that it needs. */
export function nodesOf(graph: Graph): readonly Node[] {
  const found = new Set<Node>();
  const pending = Object.values(graph.outputs).flatMap((value) => nodeOf(value) ?? []);
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    for (const input of node.inputs) {
      const producer = nodeOf(input);
      if (producer !== undefined) pending.push(producer);
    }
  }
  return [...found].sort((a, b) => a.serial - b.serial);
}

/** How often each value is used, by nodes and as an output. */
export function useCounts(graph: Graph, nodes: readonly Node[] = nodesOf(graph)): Map<Value, number> {
  const counts = new Map<Value, number>();
  const use = (value: Value) => counts.set(value, (counts.get(value) ?? 0) + 1);
  for (const node of nodes) node.inputs.forEach(use);
  Object.values(graph.outputs).forEach(use);
  return counts;
}

/** A constant value; the class of the data is its dtype. */
export const constant = (data: HostData, shape: Shape, name?: string): Value => ({
  shape,
  dtype: data instanceof Float32Array ? 'float32' : data instanceof Int32Array ? 'int32' : 'bool',
  source: name === undefined ? { kind: 'constant', data } : { kind: 'constant', data, name },
});

/** A constant with one element and no dimension. */
export const scalar = (value: number, dtype: DType = 'float32'): Value => constant(hostData([value], dtype), []);

/** Numbers as the typed array of a dtype. */
export function hostData(values: Iterable<number>, dtype: DType): HostData {
  if (dtype === 'float32') return Float32Array.from(values);
  return dtype === 'int32' ? Int32Array.from(values) : Uint8Array.from(values);
}
