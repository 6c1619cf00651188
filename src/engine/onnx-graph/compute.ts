import type * as tf from '@tensorflow/tfjs';
import { DataError } from '../../ground/errors.ts';
import { sizeOf } from '../../ground/host-tensor.ts';
import { broadcastShape } from './expand.ts';
import { type HostValue, hostValue, isHost, type Kind, kindOf, tensorOf, type Value } from './value.ts';

/** A function of one element or more, on tensors, and on known numbers where it is worth it. */
export interface Computation {
  tensor(...operands: readonly tf.Tensor[]): tf.Tensor;
  /** On known numbers of a kind; absent: they become tensors. */
  readonly host?: (kind: Kind, ...numbers: number[]) => number;
  /** The kinds of operands that it takes; floats and integers unless given. */
  readonly kinds?: readonly Kind[];
  /** The kind of its result, where it is not that of its operands. */
  readonly result?: Kind;
}

/** Known numbers of more elements than this become tensors first: they are data rather than sizes. */
const mostComputed = 2 ** 22;

/** Computes element by element, with numpy's broadcasting. Throws DataError for kinds and shapes that do not fit. */
export function compute(computation: Computation, operands: readonly Value[]): Value {
  const kind = commonKind(operands);
  const { kinds = ['float', 'integer'], host, result = kind } = computation;
  if (!kinds.includes(kind)) throw new DataError(`expected ${kinds.join('s or ')}s, got ${kind}s`);
  const shape = broadcastShape(...operands.map((operand) => operand.shape));
  const known = operands.filter(isHost);
  if (host === undefined || known.length < operands.length || sizeOf(shape) > mostComputed)
    return computation.tensor(...operands.map(tensorOf));
  const readers = known.map((operand) => reader(operand, shape));
  const numbers = Array.from({ length: sizeOf(shape) }, (_, index) =>
    host(kind, ...readers.map((read) => read(index))),
  );
  return hostValue(result, shape, numbers);
}

/** The kind of all operands. Throws DataError where they differ. */
export function commonKind(operands: readonly Value[]): Kind {
  const [kind = 'float', ...others] = operands.map(kindOf);
  const odd = others.find((other) => other !== kind);
  if (odd !== undefined) throw new DataError(`expected inputs of one type, got ${kind}s and ${odd}s`);
  return kind;
}

/** Reads elements of an operand at the places of the result that it is broadcast to. */
function reader({ data, shape }: HostValue, to: readonly number[]): (index: number) => number {
  if (data.length === 1) return () => data[0] ?? 0;
  if (data.length === sizeOf(to)) return (index) => data[index] ?? 0;
  const padded = [...Array.from({ length: to.length - shape.length }, () => 1), ...shape];
  return (index) => {
    let [rest, place, stride] = [index, 0, 1];
    for (let axis = to.length - 1; axis >= 0; axis--) {
      const [size, own] = [to[axis] ?? 1, padded[axis] ?? 1];
      if (own !== 1) place += (rest % size) * stride;
      rest = Math.floor(rest / size);
      stride *= own;
    }
    return data[place] ?? 0;
  };
}
