/** Operators that put elements at known places, or take them from there. */
import * as tf from '@tensorflow/tfjs';
import { DataError } from '../../../ground/errors.ts';
import { sizeOf } from '../../../ground/host-tensor.ts';
import { axisOf } from '../axes.ts';
import { expandAll } from '../expand.ts';
import { int, type OperatorTable, operator, text } from '../operator.ts';
import { compacted, type HostValue, hostValue, tensorOf, type Value } from '../value.ts';
import { padConstant, picked } from './selection.ts';
import { joined, reshaped } from './shape.ts';

/** The place in row-major order of each row of indices [..., n] into the first n axes of a shape. */
function flatPlaces({ shape: form, data }: HostValue, shape: readonly number[]): readonly number[] {
  const depth = form.at(-1) ?? 0;
  if (form.length === 0 || depth > shape.length)
    throw new DataError(`indices of shape [${form.join(', ')}] do not fit [${shape.join(', ')}]`);
  return Array.from({ length: depth === 0 ? 0 : data.length / depth }, (_, row) => {
    let place = 0;
    for (let axis = 0; axis < depth; axis++) {
      const [index, size] = [data[row * depth + axis] ?? 0, shape[axis] ?? 1];
      if (index < -size || index >= size) throw new DataError(`expected places below ${size}, got ${index}`);
      place = place * size + (index < 0 ? index + size : index);
    }
    return place;
  });
}

/** The places of elements at indices of their own along an axis, all else being equal. */
function elementPlaces({ shape: form, data }: HostValue, shape: readonly number[], axis: number): readonly number[] {
  if (form.length !== shape.length)
    throw new DataError(`indices of shape [${form.join(', ')}] do not fit [${shape.join(', ')}]`);
  return Array.from(data, (index, at) => {
    let [rest, place, stride] = [at, 0, 1];
    for (let dimension = shape.length - 1; dimension >= 0; dimension--) {
      const [length, size] = [form[dimension] ?? 1, shape[dimension] ?? 1];
      const here = dimension === axis ? (index < 0 ? index + size : index) : rest % length;
      if (here < 0 || here >= size) throw new DataError(`expected places below ${size}, got ${here}`);
      place += here * stride;
      stride *= size;
      rest = Math.floor(rest / length);
    }
    return place;
  });
}

/** Rows of data [n, ...] with updates [m, ...] in the places of some; the last of several at one place stays. */
function replaced(data: Value, updates: Value, places: readonly number[]): Value {
  const [rows = 0] = data.shape;
  const sources = Array.from({ length: rows }, (_, row) => row);
  for (const [update, place] of places.entries()) sources[place] = rows + update;
  return picked(joined([data, updates], 0), 0, sources);
}

/** The first place along each axis where indices [n₁, …, nᵣ, r] are those of a box, in order; undefined where not. */
function boxOf({ shape, data }: HostValue): readonly number[] | undefined {
  const depth = shape.at(-1) ?? 0;
  const sizes = shape.slice(0, -1);
  if (sizes.length !== depth || data.length === 0) return undefined;
  const start = [...data.subarray(0, depth)];
  const strides = sizes.map((_, axis) => sizeOf(sizes.slice(axis + 1)));
  const isBox = data.every((index, at) => {
    const axis = at % depth;
    const along = Math.floor(Math.floor(at / depth) / (strides[axis] ?? 1)) % (sizes[axis] ?? 1);
    return index === (start[axis] ?? 0) + along;
  });
  return isBox && start.every((place) => place >= 0) ? start : undefined;
}

/** A box of data replaced: a choice between data and the updates with something around them. */
function boxReplaced(data: Value, updates: Value, start: readonly number[]): Value {
  const pairs = data.shape.map((size, axis) => {
    const first = start[axis] ?? 0;
    return [first, size - first - (updates.shape[axis] ?? 0)] as const;
  });
  if (pairs.some((pair) => Math.min(...pair) < 0)) throw new DataError('expected places inside the data');
  const ones = hostValue('boolean', updates.shape, new Uint8Array(sizeOf(updates.shape)).fill(1));
  const inside = padConstant(ones, pairs, 0);
  const [test, yes, no] = expandAll(tensorOf(inside), tensorOf(padConstant(updates, pairs, 0)), tensorOf(data)) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  return tf.where(test, yes, no);
}

function scatterRows(data: Value, indices: HostValue, updates: Value): Value {
  const depth = indices.shape.at(-1) ?? 0;
  const wanted = [...indices.shape.slice(0, -1), ...data.shape.slice(depth)];
  if (String(wanted) !== String(updates.shape))
    throw new DataError(`expected updates of shape [${wanted.join(', ')}], got [${updates.shape.join(', ')}]`);
  const box = boxOf(indices);
  if (box !== undefined) return boxReplaced(data, updates, box);
  const rest = sizeOf(data.shape.slice(depth));
  const rows = reshaped(data, [sizeOf(data.shape.slice(0, depth)), rest]);
  const news = reshaped(updates, [sizeOf(wanted) / Math.max(rest, 1), rest]);
  return reshaped(replaced(rows, news, flatPlaces(indices, data.shape)), data.shape);
}

function gatherElements(value: Value, indices: HostValue, axis: number): Value {
  const along = axisOf(axis, value.shape.length);
  const { shape, data } = compacted(indices);
  const same = indices.shape.every((size, at) => at === along || (shape[at] === 1 && size === value.shape[at]));
  const size = value.shape[along] ?? 0;
  if (same && indices.shape.length === value.shape.length && shape[along] === indices.shape[along])
    return picked(
      value,
      along,
      [...data].map((index) => (index < 0 ? index + size : index)),
    );
  const places = elementPlaces(indices, value.shape, along);
  return reshaped(picked(reshaped(value, [sizeOf(value.shape)]), 0, places), indices.shape);
}

const onlyReplacing = (reduction: string): void => {
  if (reduction !== 'none') throw new DataError(`reduction ${reduction} is not supported`);
};

/** ONNX's scattering and gathering by known indices. */
export const scatterOperators: OperatorTable = {
  GatherElements: operator(2, { axis: int(0) }, (operands, { axis }) =>
    gatherElements(operands.value(0), operands.host(1), axis),
  ),
  GatherND: operator(2, { batch_dims: int(0) }, (operands, { batch_dims }) => {
    const [value, indices] = [operands.value(0), operands.host(1)];
    if (batch_dims !== 0) throw new DataError('batch_dims is not supported');
    const rest = value.shape.slice(indices.shape.at(-1) ?? 0);
    const places = flatPlaces(indices, value.shape);
    const rows = reshaped(value, [sizeOf(value.shape) / Math.max(sizeOf(rest), 1), ...rest]);
    return reshaped(picked(rows, 0, places), [...indices.shape.slice(0, -1), ...rest]);
  }),
  ScatterElements: operator(3, { axis: int(0), reduction: text('none') }, (operands, { axis, reduction }) => {
    onlyReplacing(reduction);
    const [data, updates] = [operands.value(0), operands.value(2)];
    const places = elementPlaces(operands.host(1), data.shape, axisOf(axis, data.shape.length));
    const [rows, news] = [data, updates].map((value) => reshaped(value, [sizeOf(value.shape)])) as [Value, Value];
    if (places.length !== sizeOf(updates.shape)) throw new DataError('expected as many updates as indices');
    return reshaped(replaced(rows, news, places), data.shape);
  }),
  ScatterND: operator(3, { reduction: text('none') }, (operands, { reduction }) => {
    onlyReplacing(reduction);
    return scatterRows(operands.value(0), operands.host(1), operands.value(2));
  }),
};
