import { DataError } from '../../ground/errors.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import type { Layout } from '../../heads/original/guidance.ts';
import type { AppliedHead, Projector } from './applied-head.ts';
import type { Inputs } from './inputs.ts';

/**
 * The conditions of all groups [G·B, H]: `c`; pocket-tts' `c_cond` and `c_null`; hidden states `hidden` through the layer
 * that stands before NextStep-1's head, or with what SphereAR adds at the place `position`.
 */
export function readConditions(
  { config, projector, positions }: AppliedHead,
  inputs: Inputs,
): HostTensor<Float32Array> {
  const wanted = ['rows', config.condition] as const;
  if (inputs.has('c_cond')) return stacked([inputs.read('c_cond', wanted), inputs.read('c_null', wanted)]);
  if (inputs.has('c') || !inputs.has('hidden')) return inputs.read('c', wanted);
  if (positions !== undefined) return placed(inputs.read('hidden', wanted), positions, inputs);
  if (projector === undefined) return inputs.read('c', wanted);
  return projected(inputs.read('hidden', ['rows', projector.weight.shape[1] ?? 0]), projector);
}

/** Throws DataError where states that guidance takes for one a group are not the same in every group. */
export function checkRepeated(x: Float32Array, rows: number, { groups, stacked }: Layout): void {
  const size = x.length / groups;
  if (!stacked || x.every((value, i) => value === x[i % size])) return;
  throw new DataError(
    `c: expected ${groups * rows} rows (${groups} groups) to guide ${rows} rows of x, or the same x in each group, got ${rows}`,
  );
}

function stacked(groups: readonly HostTensor<Float32Array>[]): HostTensor<Float32Array> {
  const rows = groups.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
  return { shape: [rows, groups[0]?.shape[1] ?? 0], data: Float32Array.from(groups.flatMap(({ data }) => [...data])) };
}

/** Hidden states [B, H] plus the row of the place that all of them are of. Throws DataError where there is no such place. */
function placed(
  { shape, data }: HostTensor<Float32Array>,
  positions: HostTensor<Float32Array>,
  inputs: Inputs,
): HostTensor<Float32Array> {
  const [places = 0, width = 1] = positions.shape;
  const place = inputs.scalar('position');
  if (place === undefined || !Number.isInteger(place) || place < 0 || place >= places)
    throw new DataError(
      `position: expected a whole number from 0 to ${places - 1} beside hidden, got ${place ?? 'none'}`,
    );
  return { shape, data: data.map((value, i) => value + (positions.data[place * width + (i % width)] ?? 0)) };
}

/** Hidden states [B, Z] through a linear layer, summed in float64; [B, H]. */
function projected(hidden: HostTensor<Float32Array>, { weight, bias }: Projector): HostTensor<Float32Array> {
  const [rows = 0, width = 0] = hidden.shape;
  const [height = 0] = weight.shape;
  const data = new Float32Array(rows * height);
  for (let row = 0; row < rows; row++) {
    const x = hidden.data.subarray(row * width, (row + 1) * width);
    for (let out = 0; out < height; out++) {
      const w = weight.data.subarray(out * width, (out + 1) * width);
      let sum = bias.data[out] ?? 0;
      for (let i = 0; i < width; i++) sum += (x[i] ?? 0) * (w[i] ?? 0);
      data[row * height + out] = sum;
    }
  }
  return { shape: [rows, height], data };
}
