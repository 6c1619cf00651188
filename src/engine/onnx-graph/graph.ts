import type { Parameters } from '../../ground/host-tensor.ts';
import type { Attribute } from './attribute.ts';
import type { HostValue } from './value.ts';

/** An input or output as the file declares it. */
export interface OnnxPort {
  readonly name: string;
  /** ONNX's element type: `float32`, `float16`, `int64`, `bool`, …. */
  readonly elementType: string;
  /** A size, or the name of a symbolic one (`?` without a name). */
  readonly dimensions: readonly (number | string)[];
}

/** An operation of a file: its operands and results by name, '' for one that is left out. */
export interface OnnxNode {
  readonly name: string;
  readonly operator: string;
  /** The version of ONNX's operators that it is meant by. */
  readonly opset: number;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

/** What an ONNX file says, checked: every name is defined once and before it is used, every operator is known. */
export interface OnnxGraph {
  /** The file, for messages. */
  readonly path: string;
  readonly opset: number;
  /** The program that wrote the file, and its version. */
  readonly producer: string;
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  /** Weights by their names in the file, float32. */
  readonly parameters: Parameters;
  /**
   * Those of the parameters whose names the exporter made up and that no matrix product uses: what it computed ahead, such
   * as frequencies and ones, but also weights that it gave another shape. Training them all would learn the frequencies.
   */
  readonly madeUp: readonly string[];
  /** The element types in which the weights lie in the file. */
  readonly storedTypes: Readonly<Record<string, string>>;
  /** Numbers that no gradient goes to: integers, booleans, and floats that are not weights. */
  readonly constants: ReadonlyMap<string, HostValue>;
  /** What the outputs need, in an order in which it can be computed; functions of the file are inlined. */
  readonly nodes: readonly OnnxNode[];
}

/** How a node is called in messages: `head.onnx: node /blocks.0/Add (Add)`. */
export const nodePlace = (path: string, { name, operator }: Pick<OnnxNode, 'name' | 'operator'>): string =>
  `${path}: node ${name} (${operator})`;
