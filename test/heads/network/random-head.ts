import { type Parameters, sizeOf } from '../../../src/ground/host-tensor.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { type HeadConfig, headShapes } from '../../../src/heads/network/config.ts';

/** A head without the zeros of a fresh one: every tensor N(0, 0.2²), gains around 1. */
export function randomHead(config: HeadConfig, seed = 1): Parameters {
  return Object.fromEntries(
    Object.entries(headShapes(config)).map(([name, shape]) => {
      const centre = /norm\.weight$|in_ln\.weight$|alpha$/.test(name) ? 1 : 0;
      const data = stream('head', seed, name).normal(sizeOf(shape));
      return [name, { shape, data: data.map((value) => centre + 0.2 * value) }];
    }),
  );
}
