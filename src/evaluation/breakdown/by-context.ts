import type { HostTensor } from '../../ground/host-tensor.ts';
import { checkSameContexts, type Draws, drawsIn } from '../statistics/draws.ts';
import { symmetricEigen } from '../statistics/eigen.ts';
import { energyDistances } from '../statistics/energy-distance.ts';
import type { ByContext, Point, WorstContext } from './breakdown.ts';
import { rounded } from './rounded.ts';

/** Contexts that are drawn, and draws of each of them. */
const [WORST, SHOWN] = [3, 32] as const;

/** The energy distance in each context, and a picture of the worst. Throws DataError. */
export function byContext(samples: Draws, reference: Draws, position: HostTensor<Int32Array>): ByContext {
  const distances = energyDistances(samples, reference);
  const order = Array.from(distances.keys()).sort((a, b) => (distances[b] as number) - (distances[a] as number));
  return {
    position: [...position.data],
    energyDistance: Array.from(distances, rounded),
    worst: order.slice(0, WORST).map((context) => worstContext(samples, reference, context)),
  };
}

function worstContext(samples: Draws, reference: Draws, context: number): WorstContext {
  const [{ size }] = checkSameContexts(samples, reference);
  const [own, theirs] = [drawsIn(samples, context), drawsIn(reference, context)];
  const axes = principalAxes(theirs, size);
  return { context, samples: points(own, size, axes), teacher: points(theirs, size, axes) };
}

/** The mean [D] and the two directions [D] along which draws vary most; of one dimension, the second is of zeros. */
interface Axes {
  readonly mean: Float64Array;
  readonly directions: readonly [Float64Array, Float64Array];
}

function principalAxes(draws: Float32Array, size: number): Axes {
  const count = draws.length / size;
  const mean = new Float64Array(size);
  draws.forEach((value, i) => {
    mean[i % size] = (mean[i % size] as number) + value / count;
  });
  const covariance = new Float64Array(size * size);
  for (let draw = 0; draw < count; draw++)
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++)
        covariance[i * size + j] =
          (covariance[i * size + j] as number) +
          ((draws[draw * size + i] as number) - (mean[i] as number)) *
            ((draws[draw * size + j] as number) - (mean[j] as number));
  const { vectors } = symmetricEigen(covariance, size);
  // Columns are in ascending order of their eigenvalues.
  const column = (last: number): Float64Array =>
    Float64Array.from({ length: size }, (_, k) => (last < size ? (vectors[k * size + size - 1 - last] as number) : 0));
  return { mean, directions: [column(0), column(1)] };
}

function points(draws: Float32Array, size: number, { mean, directions }: Axes): Point[] {
  const along = (draw: number, direction: Float64Array): number =>
    rounded(
      direction.reduce((sum, part, k) => sum + part * ((draws[draw * size + k] as number) - (mean[k] as number)), 0),
    );
  return Array.from(
    { length: Math.min(SHOWN, draws.length / size) },
    (_, draw): Point => [along(draw, directions[0]), along(draw, directions[1])],
  );
}
