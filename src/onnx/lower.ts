import { GraphError } from '../errors.ts';
import type { Attributes, DType, Graph, Node, Value } from '../graph/graph.ts';
import type { Naming } from '../graph/naming.ts';
import { type OperationName, sizes } from '../graph/operations.ts';
import { isPlain, plain, type Shape, type Size, sameSize } from '../graph/size.ts';
import type { HostData } from '../host-tensor.ts';

/** An attribute of an ONNX node: a float where the name is in `floatAttributes`, else an integer or integers. */
export type OnnxAttribute =
  | { readonly float: number }
  | { readonly int: number }
  | { readonly ints: readonly number[] };

/** A node as ONNX has it: everything by name. */
export interface OnnxNode {
  readonly type: string;
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

/** A constant as ONNX has it. */
export interface OnnxConstant {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: HostData | BigInt64Array;
}

/** Which operators may be used. */
export interface Target {
  readonly opset: 17 | 21;
  /** com.microsoft's operators besides the standard ones. */
  readonly vendor: boolean;
}

const int = (value: number): OnnxAttribute => ({ int: value });
const ints = (value: readonly number[]): OnnxAttribute => ({ ints: value });
const float = (value: number): OnnxAttribute => ({ float: value });

/** Turns the nodes of a graph into ONNX nodes, one kind of operation at a time. */
export class Lowering {
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxConstant[] = [];
  readonly #known = new Map<string, string>();

  constructor(
    readonly graph: Graph,
    readonly naming: Naming,
    readonly target: Target,
  ) {}

  /** Adds the ONNX form of a node. */
  add(node: Node): void {
    const rule = rules[node.operation] ?? plainly;
    rule(this, node);
  }

  /** Adds one ONNX node. */
  emit(
    type: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    domain?: string,
  ): void {
    this.nodes.push({ type, inputs, outputs, attributes, ...(domain === undefined ? {} : { domain }) });
  }

  name(value: Value | undefined): string {
    if (value === undefined) throw new GraphError('an operation without its input');
    return this.naming.nameOf(value);
  }

  /** The name of a constant list of int64. */
  integers(values: readonly number[], scalar = false): string {
    const key = scalar ? `axis_${values.join('_')}` : `sizes_${values.join('_')}`;
    return this.#once(key, (name) => {
      const data = BigInt64Array.from(values, BigInt);
      this.constants.push({ name, shape: scalar ? [] : [values.length], data });
    });
  }

  /** The name of a constant with one element. */
  single(value: number, dtype: DType): string {
    return this.#once(`${dtype}_${value}`, (name) => {
      const data =
        dtype === 'float32' ? Float32Array.of(value) : dtype === 'int32' ? Int32Array.of(value) : Uint8Array.of(value);
      this.constants.push({ name, shape: [], data });
    });
  }

  /** The name of a tensor int64 [n] holding sizes, computed from an input's shape where they depend on the batch. */
  sizes(shape: Shape): string {
    if (isPlain(shape)) return this.integers(shape);
    const parts = shape.map((size) => (typeof size === 'number' ? this.integers([size]) : this.batch(size.batch)));
    const [first = ''] = parts;
    if (parts.length === 1) return first;
    return this.#once(`shape_${parts.join('_')}`, (name) => this.emit('Concat', parts, [name], { axis: int(0) }));
  }

  /** The name of a tensor int64 [1] holding factor·batch. */
  batch(factor: number): string {
    const one = this.#once('batch_size', (name) => {
      const [source, axis] = this.#batchSource();
      const shape = `${name}_shape`;
      this.emit('Shape', [source], [shape]);
      this.emit('Gather', [shape, this.integers([axis])], [name], { axis: int(0) });
    });
    if (factor === 1) return one;
    return this.#once(`batch_size_${factor}`, (name) => this.emit('Mul', [one, this.integers([factor])], [name]));
  }

  #batchSource(): [string, number] {
    for (const input of this.graph.inputs) {
      const axis = input.shape.findIndex((size) => sameSize(size, { batch: 1 }));
      if (axis >= 0) return [this.name(input), axis];
    }
    throw new GraphError('no input has a batch dimension');
  }

  /** Runs `define` the first time; gives a name that is free in the graph. */
  #once(key: string, define: (name: string) => void): string {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const name = this.naming.fresh(key.replaceAll('-', 'm').replaceAll(/[^\w.]/g, '_'));
    this.#known.set(key, name);
    define(name);
    return name;
  }
}

type Rule = (lowering: Lowering, node: Node) => void;

const namesOf = (lowering: Lowering, values: readonly Value[]): string[] => values.map((value) => lowering.name(value));

/** An operation that ONNX has in the same form, without attributes. */
const plainly: Rule = (lowering, node) =>
  lowering.emit(node.operation, namesOf(lowering, node.inputs), namesOf(lowering, node.outputs));

/** As `plainly`, with attributes made of ours. */
const attributed =
  (attributes: (ours: Attributes) => Record<string, OnnxAttribute>): Rule =>
  (lowering, node) =>
    lowering.emit(
      node.operation,
      namesOf(lowering, node.inputs),
      namesOf(lowering, node.outputs),
      attributes(node.attributes),
    );

/** An operation whose sizes ONNX takes as a tensor after the inputs. */
const sized =
  (attribute: string): Rule =>
  (lowering, node) =>
    lowering.emit(
      node.operation,
      [...namesOf(lowering, node.inputs), lowering.sizes(sizes(node.attributes, attribute))],
      namesOf(lowering, node.outputs),
    );

const axis = attributed((ours) => ({ axis: int(Number(ours.axis)) }));

/** Reductions took their axes as an attribute until opset 17 (ReduceSum until 12). */
const reduction: Rule = (lowering, node) => {
  const axes = plain(sizes(node.attributes, 'axes'));
  const asInput = lowering.target.opset >= 18 || node.operation === 'ReduceSum';
  const inputs = namesOf(lowering, node.inputs);
  lowering.emit(
    node.operation,
    asInput ? [...inputs, lowering.integers(axes)] : inputs,
    namesOf(lowering, node.outputs),
    { keepdims: int(Number(node.attributes.keepdims)), ...(asInput ? {} : { axes: ints(axes) }) },
  );
};

const onnxTypes: Readonly<Record<number, number>> = { 0: 1, 1: 6, 2: 9 };

/** One unknown size is 0 (kept from the input) or −1; more are computed. */
const reshape: Rule = (lowering, node) => {
  const shape = sizes(node.attributes, 'shape');
  const unknown = shape.filter((size) => typeof size === 'object').length;
  const target =
    unknown === 1
      ? lowering.integers(shape.map((size) => (typeof size === 'number' ? size : -1)))
      : lowering.sizes(shape);
  lowering.emit('Reshape', [...namesOf(lowering, node.inputs), target], namesOf(lowering, node.outputs));
};

const toTheEnd = 2 ** 53;

const slice: Rule = (lowering, node) => {
  const full = node.inputs[0]?.shape ?? [];
  const starts = sizes(node.attributes, 'starts');
  const lengths = sizes(node.attributes, 'lengths');
  const axes = full.flatMap((size, index) => (sameSize(size, lengths[index]) ? [] : [index]));
  const ends = axes.map((index) => sum(starts[index] ?? 0, lengths[index] ?? 0));
  lowering.emit(
    'Slice',
    [
      ...namesOf(lowering, node.inputs),
      lowering.sizes(axes.map((index) => starts[index] ?? 0)),
      lowering.sizes(axes.map((index, i) => (sameSize(full[index], ends[i]) ? toTheEnd : (ends[i] ?? 0)))),
      lowering.integers(axes),
    ],
    namesOf(lowering, node.outputs),
  );
};

function sum(a: Size, b: Size): Size {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (a === 0) return b;
  if (typeof a === 'object' && typeof b === 'object') return { batch: a.batch + b.batch };
  throw new GraphError('Slice: a bound that mixes batch and number is not supported');
}

/** Without transposition MatMul; in two dimensions Gemm; else FusedMatMul, or Transpose and MatMul. */
const matMul: Rule = (lowering, node) => {
  const { transA, transB } = node.attributes;
  const outputs = namesOf(lowering, node.outputs);
  const inputs = namesOf(lowering, node.inputs);
  if (transA !== 1 && transB !== 1) return lowering.emit('MatMul', inputs, outputs);
  const attributes = { transA: int(Number(transA)), transB: int(Number(transB)) };
  if (node.inputs.every(({ shape }) => shape.length === 2)) return lowering.emit('Gemm', inputs, outputs, attributes);
  if (lowering.target.vendor) return lowering.emit('FusedMatMul', inputs, outputs, attributes, 'com.microsoft');
  const straight = node.inputs.map((input, index) => {
    if ((index === 0 ? transA : transB) !== 1) return inputs[index] ?? '';
    const rank = input.shape.length;
    const perm = Array.from({ length: rank }, (_, place) => (place < rank - 2 ? place : 2 * rank - 3 - place));
    const name = lowering.naming.fresh(`${inputs[index]}_transposed`);
    lowering.emit('Transpose', [inputs[index] ?? ''], [name], { perm: ints(perm) });
    return name;
  });
  lowering.emit('MatMul', straight, outputs);
};

const rules: Partial<Record<OperationName, Rule>> = {
  ArgMax: (lowering, node) => {
    const wide = lowering.naming.fresh('argmax');
    const attributes = { axis: int(Number(node.attributes.axis)), keepdims: int(0) };
    lowering.emit('ArgMax', namesOf(lowering, node.inputs), [wide], attributes);
    lowering.emit('Cast', [wide], namesOf(lowering, node.outputs), { to: int(6) });
  },
  BatchSize: (lowering, node) => {
    const size = lowering.naming.fresh('batch_scalar');
    lowering.emit('Squeeze', [lowering.batch(1)], [size]);
    lowering.emit('Cast', [size], namesOf(lowering, node.outputs), { to: int(1) });
  },
  Cast: attributed(({ to }) => ({ to: int(onnxTypes[Number(to)] ?? 1) })),
  Clip: (lowering, node) => {
    const bounds = [node.attributes.min, node.attributes.max].map((bound) =>
      lowering.single(Number(bound), node.inputs[0]?.dtype ?? 'float32'),
    );
    lowering.emit('Clip', [...namesOf(lowering, node.inputs), ...bounds], namesOf(lowering, node.outputs));
  },
  Concat: axis,
  Expand: sized('shape'),
  Gather: axis,
  Gemm: attributed(({ transA, transB }) => ({ transA: int(Number(transA)), transB: int(Number(transB)) })),
  LayerNormalization: attributed(({ axis, epsilon }) => ({
    axis: int(Number(axis)),
    epsilon: float(Number(epsilon)),
  })),
  LeakyRelu: attributed(({ alpha }) => ({ alpha: float(Number(alpha)) })),
  MatMul: matMul,
  Pad: (lowering, node) =>
    lowering.emit(
      'Pad',
      [
        ...namesOf(lowering, node.inputs),
        lowering.sizes(sizes(node.attributes, 'pads')),
        lowering.single(Number(node.attributes.value), node.inputs[0]?.dtype ?? 'float32'),
      ],
      namesOf(lowering, node.outputs),
    ),
  QuickGelu: (lowering, node) =>
    lowering.emit(
      'QuickGelu',
      namesOf(lowering, node.inputs),
      namesOf(lowering, node.outputs),
      { alpha: float(1) },
      'com.microsoft',
    ),
  ReduceMax: reduction,
  ReduceMean: reduction,
  ReduceMin: reduction,
  ReduceProd: reduction,
  ReduceSum: reduction,
  Reshape: reshape,
  Slice: slice,
  Softmax: axis,
  Split: (lowering, node) =>
    lowering.emit(
      'Split',
      [...namesOf(lowering, node.inputs), lowering.sizes(sizes(node.attributes, 'split'))],
      namesOf(lowering, node.outputs),
      { axis: int(Number(node.attributes.axis)) },
    ),
  Tile: sized('repeats'),
  Transpose: attributed((ours) => ({ perm: ints(plain(sizes(ours, 'perm'))) })),
};
