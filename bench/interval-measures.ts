import { accuracy } from '../src/evaluation/statistics/accuracy.ts';
import { coverage } from '../src/evaluation/statistics/coverage.ts';
import { dispersionRatio } from '../src/evaluation/statistics/dispersion.ts';
import type { Draws } from '../src/evaluation/statistics/draws.ts';
import { endpointError } from '../src/evaluation/statistics/endpoint-error.ts';
import { energyDistance } from '../src/evaluation/statistics/energy-distance.ts';
import { frechetExpansion, pairedFrechetExpansion } from '../src/evaluation/statistics/frechet.ts';
import { groupRows } from '../src/evaluation/statistics/grouping.ts';
import { combine, difference, estimate, ratio, rootEstimate } from '../src/evaluation/statistics/interval.ts';
import { kernelDistance } from '../src/evaluation/statistics/kernel-distance.ts';
import { groupedMoments } from '../src/evaluation/statistics/moments.ts';
import { type Rows, rowsOfDraws } from '../src/evaluation/statistics/rows.ts';
import { directions, project, squaredSlicedWasserstein } from '../src/evaluation/statistics/sliced-wasserstein.ts';
import type { Estimate } from '../src/ground/estimate.ts';
import { stream } from '../src/ground/random/philox.ts';
import type { World } from './interval-worlds.ts';

/** Statistics of one replicate. */
type Measured = Readonly<Record<string, Estimate>>;

const countOf = (rows: Rows): number => rows.shape[0] ?? 0;
const momentsOf = (rows: Rows) => groupedMoments(rows, groupRows(countOf(rows), { seed: 1 }));
const projectionsOf = (rows: Rows) =>
  project(rows, groupRows(countOf(rows), { seed: 1 }), directions(rows.shape[1] ?? 0, 1));
/** As an evaluation does. */
const first = ({ shape: [count = 0, d = 0], data }: Rows): Rows => {
  const kept = Math.min(count, 2000);
  return { shape: [kept, d], data: data.subarray(0, kept * d) };
};

/** What is measured on rows, by the name that `--only` takes. */
export const measures: Readonly<Record<string, (world: World) => Measured>> = {
  fd: ({ samples, others, reference }) => {
    const base = momentsOf(reference);
    const mine = frechetExpansion(momentsOf(samples), base);
    const theirs = frechetExpansion(momentsOf(others), base);
    return {
      FD: estimate(mine),
      'FD gap': estimate(combine(mine, theirs, difference(mine.value, theirs.value))),
      'FD ratio': estimate(combine(mine, theirs, ratio(mine.value, theirs.value))),
    };
  },
  kid: ({ samples, reference }) => ({ KID: estimate(kernelDistance(samples, reference, { seed: 1 })) }),
  w2: ({ samples, reference }) => ({
    'sliced W2': rootEstimate(squaredSlicedWasserstein(projectionsOf(samples), projectionsOf(reference))),
  }),
  neighbours: ({ samples, reference }) => ({ ...coverage(first(samples), first(reference)) }),
};

/** Draws of contexts: samples and two sets of a teacher, one from the samples' noise. */
interface TokenWorld {
  readonly samples: Draws;
  readonly own: Draws;
  readonly other: Draws;
  readonly right: Float32Array;
}

const [DRAWS, SIZE] = [16, 16];

/** Contexts whose spread and whose students' error differ from one to the next, log-normally. */
export function tokenWorld(contexts: number, replicate: number): TokenWorld {
  const draws = stream('interval-coverage', 'tokens', contexts, replicate);
  const length = contexts * DRAWS * SIZE;
  const spread = draws.normal(contexts).map((value) => Math.exp(0.5 * value));
  const error = draws.normal(contexts).map((value) => 0.1 * Math.exp(0.5 * value));
  const scaleOf = (i: number): number => spread[Math.floor(i / (DRAWS * SIZE))] as number;
  const errorOf = (i: number): number => error[Math.floor(i / (DRAWS * SIZE))] as number;
  const shape = [contexts, DRAWS, SIZE];
  const own = draws.normal(length).map((value, i) => scaleOf(i) * value);
  const other = draws.normal(length).map((value, i) => scaleOf(i) * value);
  const samples = own.map((value, i) => 0.95 * value + errorOf(i) * scaleOf(i));
  return {
    samples: { shape, data: samples },
    own: { shape, data: own },
    other: { shape, data: other },
    right: draws.uniform(contexts).map((value) => (value < 0.97 ? 1 : 0)),
  };
}

/** What is measured on tokens. */
export function tokenMeasures({ samples, own, other, right }: TokenWorld): Measured {
  const dispersion = dispersionRatio(samples, other);
  const moments = (draws: Draws) => {
    const rows = rowsOfDraws(draws);
    return groupedMoments(rows, groupRows(countOf(rows), { seed: 1, cluster: DRAWS }));
  };
  return {
    'energy distance': energyDistance(samples, other),
    'endpoint error': endpointError(samples, own),
    ...(dispersion && { dispersion: estimate(dispersion) }),
    'FD of draws': estimate(pairedFrechetExpansion(moments(samples), moments(other))),
    accuracy: accuracy(
      right,
      right.map(() => 1),
    ),
  };
}
