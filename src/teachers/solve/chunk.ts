import type { HostTensor } from '../../ground/host-tensor.ts';

/** The rows of a tensor from `start` to before `end`: a view. */
export function rowsBetween(
  { shape, data }: HostTensor<Float32Array>,
  start: number,
  end: number,
): HostTensor<Float32Array> {
  const width = data.length / (shape[0] ?? 1);
  return { shape: [end - start, ...shape.slice(1)], data: data.subarray(start * width, end * width) };
}

/** One time for so many contexts [B]. */
export const timesOf = (rows: number, time: number): HostTensor<Float32Array> => ({
  shape: [rows],
  data: new Float32Array(rows).fill(time),
});
