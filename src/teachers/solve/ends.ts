import type { HostTensor } from '../../ground/host-tensor.ts';
import { zeros } from '../../heads/network/initial.ts';

/** The ends [N, K, D] of paths [N, keep + 1, K, D]. */
export function endsOf({ shape, data }: HostTensor<Float32Array>): HostTensor<Float32Array> {
  const [rows = 0, states = 1, draws = 1, token = 1] = shape;
  const ends = zeros([rows, draws, token]);
  const size = draws * token;
  for (let row = 0; row < rows; row++) {
    const last = (row + 1) * states - 1;
    ends.data.set(data.subarray(last * size, (last + 1) * size), row * size);
  }
  return ends;
}
