import type { HostTensor } from '../../ground/host-tensor.ts';
import { zeros } from '../../heads/network/initial.ts';
import type { TokenHead } from '../../teachers/backbone/draw.ts';

/** Tokens of the first images [n, L, D], as a head makes them. */
export interface KeptTokens {
  readonly tokens: HostTensor<Float32Array>;
  /** The head itself, whose tokens are kept; it must be asked for batch after batch of images, each from its first token. */
  readonly of: (head: TokenHead) => TokenHead;
}

/** Keeps the tokens of the first `count` images of `length` tokens of `size` dimensions. */
export function keptTokens(count: number, length: number, size: number): KeptTokens {
  const tokens = zeros([count, length, size]);
  let first = 0;
  const of =
    (head: TokenHead): TokenHead =>
    async (request) => {
      const made = await head(request);
      const [rows = 0] = made.shape;
      for (let row = 0; row < Math.min(rows, count - first); row++) {
        const place = (first + row) * length + request.position;
        tokens.data.set(made.data.subarray(row * size, (row + 1) * size), place * size);
      }
      if (request.position === length - 1) first += rows;
      return made;
    };
  return { tokens, of };
}
