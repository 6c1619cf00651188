import { GraphError } from '../../ground/errors.ts';
import type { HostData } from '../../ground/host-tensor.ts';
import type { DType, Graph, Value } from '../graph/graph.ts';
import type { Naming } from '../graph/naming.ts';
import { isPlain, type Shape, sameSize } from '../graph/size.ts';

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
  /** The class is the element type: Uint16Array holds the bits of float16, Uint8Array bool unless it is `unsigned`. */
  readonly data: HostData | BigInt64Array | Int8Array | Uint16Array;
  /** Whether a Uint8Array is uint8. */
  readonly unsigned?: boolean;
}

/** Which operators may be used. */
export interface Dialect {
  readonly opset: 17 | 21;
  /** com.microsoft's operators besides the standard ones. */
  readonly vendor: boolean;
  /** Whether there is an output that ends a run in place; not unless given. */
  readonly inPlace?: boolean;
}

export const int = (value: number): OnnxAttribute => ({ int: value });

export const ints = (value: readonly number[]): OnnxAttribute => ({ ints: value });

export const float = (value: number): OnnxAttribute => ({ float: value });

/** The ONNX nodes and constants of a graph while it is turned into them. */
export class Lowering {
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxConstant[] = [];
  readonly #known = new Map<string, string>();

  constructor(
    readonly graph: Graph,
    readonly naming: Naming,
    readonly dialect: Dialect,
  ) {}

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
