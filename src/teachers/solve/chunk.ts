import type { HostTensor } from '../../ground/host-tensor.ts';
import { zeros } from '../../heads/network/initial.ts';

/** The rows of a tensor from `start` to before `end`: a view. */
export function rowsBetween(
  { shape, data }: HostTensor<Float32Array>,
  start: number,
  end: number,
): HostTensor<Float32Array> {
  const width = data.length / (shape[0] ?? 1);
  return { shape: [end - start, ...shape.slice(1)], data: data.subarray(start * width, end * width) };
}

/** Some rows of a tensor, in the order that is given. */
export function rowsAt({ shape, data }: HostTensor<Float32Array>, rows: readonly number[]): HostTensor<Float32Array> {
  const width = data.length / (shape[0] ?? 1);
  const taken = zeros([rows.length, ...shape.slice(1)]);
  for (const [i, row] of rows.entries()) taken.data.set(data.subarray(row * width, (row + 1) * width), i * width);
  return taken;
}

/** One time for so many contexts [B]. */
export const timesOf = (rows: number, time: number): HostTensor<Float32Array> => ({
  shape: [rows],
  data: new Float32Array(rows).fill(time),
});
