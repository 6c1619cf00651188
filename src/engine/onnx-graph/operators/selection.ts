/** Operators that take elements out, or put some around. */
import * as tf from '@tensorflow/tfjs';
import { DataError } from '../../../ground/errors.ts';
import { sizeOf } from '../../../ground/host-tensor.ts';
import { allAxes, axisOf } from '../axes.ts';
import { moveAll, moved } from '../move.ts';
import type { Operands } from '../operands.ts';
import { int, type OperatorTable, operator, text } from '../operator.ts';
import { splitOf } from '../parts.ts';
import { checkSize, hostIntegers, isHost, kindOf, tensorOf, type Value } from '../value.ts';
import { reshaped } from './shape.ts';

/** Elements along an axis by known places. Neighbours are a slice; others are one-hot products in the gradient. */
export function picked(value: Value, axis: number, places: readonly number[]): Value {
  const size = value.shape[axis] ?? 0;
  const odd = places.find((place) => !Number.isInteger(place) || place < 0 || place >= size);
  if (odd !== undefined) throw new DataError(`expected places below ${size}, got ${odd}`);
  const [start = 0] = places;
  const begin = value.shape.map((_, index) => (index === axis ? start : 0));
  const lengths = value.shape.map((length, index) => (index === axis ? places.length : length));
  if (places.every((place, index) => place === start + index))
    return places.length === size ? value : moved(value, (x) => tf.slice(x, begin, lengths));
  return moved(value, (x) => tf.gather(x, tf.tensor1d(Int32Array.from(places), 'int32'), axis));
}

function gather(operands: Operands, axis: number): Value {
  const [value, indices] = [operands.value(0), operands.value(1)];
  if (kindOf(indices) !== 'integer') throw new DataError(`expected integers as places, got ${kindOf(indices)}s`);
  const along = axisOf(axis, value.shape.length);
  const shape = value.shape.toSpliced(along, 1, ...indices.shape);
  const size = value.shape[along] ?? 0;
  checkSize(shape);
  if (!isHost(indices)) {
    const fromEnd = tf.cast(tf.less(indices, tf.scalar(0, 'int32')), 'int32');
    const places = tf.add(indices, tf.mul(fromEnd, tf.scalar(size, 'int32')));
    return tf.gather(tensorOf(value), places, along);
  }
  const places = [...indices.data].map((place) => (place < 0 ? place + size : place));
  return reshaped(picked(value, along, places), shape);
}

/** The places from `start` to before `end`, as numpy counts them. */
function range(size: number, start: number, end: number, step: number): readonly number[] {
  if (step === 0) throw new DataError('expected a step, got 0');
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const bounded = (place: number): number => Math.min(Math.max(place < 0 ? place + size : place, low), high);
  const [from, to] = [
    Math.min(Math.max(start < 0 ? start + size : start, 0), step > 0 ? size : size - 1),
    bounded(end),
  ];
  return Array.from({ length: Math.max(0, Math.ceil((to - from) / step)) }, (_, index) => from + index * step);
}

function slice(operands: Operands): Value {
  const [starts, ends] = [operands.numbers(1) ?? [], operands.numbers(2) ?? []];
  const axes = operands.numbers(3) ?? starts.map((_, axis) => axis);
  const steps = operands.numbers(4) ?? starts.map(() => 1);
  if (new Set([starts.length, ends.length, axes.length, steps.length]).size > 1)
    throw new DataError('expected as many ends, axes and steps as starts');
  let value = operands.value(0);
  for (const [index, axis] of axes.entries()) {
    const along = axisOf(axis, value.shape.length);
    value = picked(
      value,
      along,
      range(value.shape[along] ?? 0, starts[index] ?? 0, ends[index] ?? 0, steps[index] ?? 1),
    );
  }
  return value;
}

function splitSizes(total: number, given: readonly number[] | undefined, parts: number): readonly number[] {
  const each = Math.ceil(total / parts);
  const sizes = given ?? Array.from({ length: parts }, (_, i) => Math.max(0, Math.min(each, total - i * each)));
  if (sizes.some((size) => size < 0) || sizes.reduce((sum, size) => sum + size, 0) !== total)
    throw new DataError(`expected parts of ${total} in all, got [${sizes.join(', ')}]`);
  return sizes;
}

/** How many elements to add at each side of each axis; negative numbers take away. */
function padding(operands: Operands): readonly (readonly [number, number])[] {
  const rank = operands.shape(0).length;
  const axes = (operands.numbers(3) ?? allAxes(rank)).map((axis) => axisOf(axis, rank));
  const pads = operands.numbers(1) ?? [];
  if (pads.length !== 2 * axes.length) throw new DataError(`expected ${2 * axes.length} pads, got ${pads.length}`);
  return allAxes(rank).map((axis) => {
    const at = axes.indexOf(axis);
    return at < 0 ? [0, 0] : [pads[at] ?? 0, pads[at + axes.length] ?? 0];
  });
}

/** The place inside that a place outside shows, by the mode. */
const mirrors: Readonly<Record<string, (place: number, size: number) => number>> = {
  edge: (place, size) => Math.min(Math.max(place, 0), size - 1),
  reflect: (place, size) => (place < 0 ? -place : place >= size ? 2 * (size - 1) - place : place),
  wrap: (place, size) => ((place % size) + size) % size,
};

function pad(operands: Operands, mode: string): Value {
  const pairs = padding(operands);
  const value = operands.value(0);
  checkSize(value.shape.map((size, axis) => size + (pairs[axis]?.[0] ?? 0) + (pairs[axis]?.[1] ?? 0)));
  if (mode === 'constant') return padConstant(value, pairs, operands.number(2) ?? 0);
  const mirror = mirrors[mode];
  if (mirror === undefined) throw new DataError(`mode ${mode} is not supported`);
  return pairs.reduce<Value>((x, [before, after], axis) => {
    const size = x.shape[axis] ?? 0;
    const length = Math.max(0, size + before + after);
    const places = Array.from({ length }, (_, index) => mirror(index - before, size));
    return before === 0 && after === 0 ? x : picked(x, axis, places);
  }, value);
}

/** A value with elements put around, or taken away where a number is negative. */
export function padConstant(value: Value, pairs: readonly (readonly [number, number])[], fill: number): Value {
  const cut = pairs.reduce<Value>((x, [before, after], axis) => {
    const size = x.shape[axis] ?? 0;
    return before >= 0 && after >= 0
      ? x
      : picked(x, axis, range(size, Math.max(0, -before), size + Math.min(0, after), 1));
  }, value);
  const added = pairs.map(([before, after]) => [Math.max(before, 0), Math.max(after, 0)] as [number, number]);
  if (added.every(([before, after]) => before + after === 0)) return cut;
  return moved(cut, (x, filled) => tf.pad(x, added, filled), fill);
}

/** ONNX's operators of selection. */
export const selectionOperators: OperatorTable = {
  Gather: operator(2, { axis: int(0) }, (operands, { axis }) => gather(operands, axis)),
  NonZero: operator(1, {}, (operands) => {
    const { shape, data } = operands.host(0);
    const places = [...data].flatMap((number, index) => (number === 0 ? [] : [index]));
    const rows = shape.map((size, axis) => {
      const stride = sizeOf(shape.slice(axis + 1));
      return places.map((place) => Math.floor(place / stride) % size);
    });
    return { ...hostIntegers(rows.flat()), shape: [shape.length, places.length] };
  }),
  Pad: operator([2, 4], { mode: text('constant') }, (operands, { mode }) => pad(operands, mode), [2]),
  Slice: operator([3, 5], {}, slice),
  Split: operator(
    [1, 2],
    { axis: int(0), num_outputs: int(undefined) },
    (operands, { axis, num_outputs }, { results }) => {
      const value = operands.value(0);
      const along = axisOf(axis, value.shape.length);
      const sizes = splitSizes(value.shape[along] ?? 0, operands.numbers(1), num_outputs ?? results);
      return moveAll([value], ([x]) => splitOf(x as tf.Tensor, sizes, along));
    },
  ),
};
