import * as tf from '@tensorflow/tfjs';
import { DataError } from '../../ground/errors.ts';
import { sizeOf } from '../../ground/host-tensor.ts';
import { onBackend } from '../graph/backend.ts';
import { type HostValue, hostValue, isHost, kindOf, tensorOf, type Value } from './value.ts';

tf.enableProdMode(); // Or the cpu backend advertises tfjs's native package on the standard error.

/** Moves elements and computes nothing; `fill` is the number to put where there is no element. */
type Move = (tensors: readonly tf.Tensor[], fill: number) => readonly tf.Tensor[];

/**
 * Moves the elements of values by operations of tfjs. Those of known values are moved by their places: the operations
 * are done on the numbers 1, 2, … by tfjs's cpu backend, 0 stands for what is filled, and the result is known, too.
 */
export function moveAll(values: readonly Value[], move: Move, fill = 0): readonly Value[] {
  const [first] = values;
  if (first === undefined) throw new DataError('expected at least one input');
  const odd = values.find((value) => kindOf(value) !== kindOf(first));
  if (odd !== undefined) throw new DataError(`expected inputs of one type, got ${kindOf(first)} and ${kindOf(odd)}`);
  const known = values.filter(isHost);
  return known.length === values.length ? moveKnown(known, move, fill) : move(values.map(tensorOf), fill);
}

/** As `moveAll`, of one value to one. */
export function moved(value: Value, move: (x: tf.Tensor, fill: number) => tf.Tensor, fill = 0): Value {
  const [result] = moveAll([value], ([x], filled) => [move(x as tf.Tensor, filled)], fill);
  return result as Value;
}

function moveKnown(values: readonly HostValue[], move: Move, fill: number): readonly HostValue[] {
  const kind = values[0]?.kind ?? 'float';
  const numbers = [fill, ...values.flatMap(({ data }) => [...data])];
  return onBackend('cpu', () => {
    let place = 1;
    const places = values.map(({ shape }) => {
      const size = sizeOf(shape);
      place += size;
      return tf.tensor(
        Int32Array.from({ length: size }, (_, index) => place - size + index),
        [...shape],
        'int32',
      );
    });
    return move(places, 0).map((result) =>
      hostValue(
        kind,
        result.shape,
        Array.from(result.dataSync(), (index) => numbers[index] ?? fill),
      ),
    );
  });
}
