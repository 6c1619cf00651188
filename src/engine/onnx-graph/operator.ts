import type * as tf from '@tensorflow/tfjs';
import { DataError } from '../../ground/errors.ts';
import type { AttributeValues } from './attribute.ts';
import type { OnnxNode } from './graph.ts';
import { Operands } from './operands.ts';
import type { Value } from './value.ts';

/** An attribute that an operator takes: what it is, and what stands for it where a node leaves it out. */
export interface AttributeKind<Type extends keyof AttributeValues, Otherwise> {
  readonly type: Type;
  readonly otherwise: Otherwise;
}

type AttributeKinds = Readonly<Record<string, AttributeKind<keyof AttributeValues, unknown>>>;

type Given<Kinds extends AttributeKinds> = {
  readonly [Name in keyof Kinds]: Kinds[Name] extends AttributeKind<infer Type, infer Otherwise>
    ? AttributeValues[Type] | Otherwise
    : never;
};

/** What an operator may know of its node besides operands and attributes. */
interface Context {
  readonly opset: number;
  /** The number of results that are asked for. */
  readonly results: number;
}

type Result = Value | readonly Value[];

/** One operator of ONNX as a function on values. */
export interface Operator {
  /** The least and the most operands. */
  readonly operands: readonly [number, number];
  readonly attributes: AttributeKinds;
  /** Operands that are constants where they are initializers: floats there are no weights. */
  readonly fixed: readonly number[];
  readonly run: (operands: Operands, attributes: Readonly<Record<string, unknown>>, context: Context) => Result;
}

/** Operators by ONNX's names. */
export type OperatorTable = Readonly<Record<string, Operator>>;

const kind =
  <Type extends keyof AttributeValues>(type: Type) =>
  <Otherwise>(otherwise: Otherwise): AttributeKind<Type, Otherwise> => ({ type, otherwise });

export const int = kind('int');
export const float = kind('float');
export const text = kind('text');
export const ints = kind('ints');
export const floats = kind('floats');
export const constantTensor = kind('tensor');

/** An operator of a number of operands (exactly, or least and most) with attributes. */
export function operator<const Kinds extends AttributeKinds>(
  operands: number | readonly [number, number],
  attributes: Kinds,
  run: (operands: Operands, attributes: Given<Kinds>, context: Context) => Result,
  fixed: readonly number[] = [],
): Operator {
  const range = typeof operands === 'number' ? ([operands, operands] as const) : operands;
  return { operands: range, attributes, fixed, run: run as Operator['run'] };
}

/** An operator of one tensor. */
export const onTensor = (run: (x: tf.Tensor) => tf.Tensor): Operator =>
  operator(1, {}, (operands) => run(operands.tensor(0)));

/** The results of a node. Throws DataError, without its place, for operands and attributes that do not fit. */
export function runOperator(found: Operator, node: OnnxNode, values: readonly (Value | undefined)[]): readonly Value[] {
  const [least, most] = found.operands;
  if (values.length < least || values.length > most)
    throw new DataError(`expected ${least === most ? least : `${least} to ${most}`} inputs, got ${values.length}`);
  const results = node.outputs.findLastIndex((name) => name !== '') + 1;
  const given = [found.run(new Operands(values), attributesOf(found, node), { opset: node.opset, results })].flat();
  if (given.length < results) throw new DataError(`output ${given.length + 1} of it is not supported`);
  return given as readonly Value[];
}

function attributesOf(found: Operator, { attributes }: OnnxNode): Record<string, unknown> {
  for (const [name, { type, value }] of attributes) {
    const wanted = Object.hasOwn(found.attributes, name) ? found.attributes[name] : undefined;
    if (wanted === undefined) throw new DataError(`attribute ${name} is not supported`);
    if (wanted.type !== type && !(Array.isArray(value) && value.length === 0))
      throw new DataError(`attribute ${name}: expected ${wanted.type}, got ${type}`);
  }
  return Object.fromEntries(
    Object.entries(found.attributes).map(([name, { otherwise }]) => [name, attributes.get(name)?.value ?? otherwise]),
  );
}
