import { z } from 'zod';
import { named } from '../../engine/graph/named.ts';
import { zeros } from '../../heads/network/initial.ts';
import { jumpOf } from '../student/network.ts';
import { landingDistance, landingScale } from './distance.ts';
import { huber } from './knobs.ts';
import { defineMethod, type Method, type MethodForwards } from './method.ts';
import { drawPairs, pairSpecs } from './pair.ts';

/** The knobs of consistency, phased or not. */
export const consistencyOptions = {
  start: z.number().min(0).max(1).default(0.5).describe('share of pairs that begin where a phase does'),
  huber,
  coarsest: z.number().gt(0).max(1).default(1).describe('share of the path between the two states at first'),
  finest: z.number().gt(0).max(1).default(1).describe('and at the end; halved in between, at least one interval'),
  curriculum: z.number().min(0).max(1).default(0.5).describe('share of training after which the step is the finest'),
};

const options = z.strictObject(consistencyOptions);

/**
 * Consistency distillation (arXiv 2303.01469, algorithm 2) with the cache as the teacher: two states of one path must map
 * to the same data. The target has the student's own weights, no average, as in iCT (2310.14189); data maps to itself.
 * Cached states are exact at any distance, so that coarse pairs have no error of a solver and carry what is known of the
 * data further at a time; the coarsest, which is what is trained unless told otherwise, end at the data itself.
 */
export const consistency = defineMethod({
  title: 'Consistency distillation',
  source: 'arXiv 2303.01469, with the targets of 2310.14189',
  options,
  sampler: 'consistency-renoised',
  forwards: consistencyForwards,
  create: (knobs) => withinPhases([1], knobs),
});

/** Three forwards and that of the target, which is cached where all pairs end where their phase does. */
export function consistencyForwards(knobs: Pick<z.output<typeof options>, 'coarsest' | 'finest'>): MethodForwards {
  return { student: endsAtOnce(knobs) ? 3 : 4 };
}

const endsAtOnce = ({ coarsest, finest }: Pick<z.output<typeof options>, 'coarsest' | 'finest'>): boolean =>
  coarsest === 1 && finest === 1;

/** Consistency in phases: a context draws how many there are, and states of a phase map to its end. */
export function withinPhases(
  phases: readonly number[],
  { start, huber, coarsest, finest, curriculum }: z.output<typeof options>,
): Method {
  const atOnce = endsAtOnce({ coarsest, finest });
  return {
    specs: (shape) => ({ ...pairSpecs(shape), end: { shape: [shape.contexts] } }),
    draw: (cached, random, progress) => {
      const last = cached.grid.length - 1;
      const stride = strideAt(last, { coarsest, finest }, curriculum > 0 ? progress / curriculum : 1);
      const [which, place] = [random.integers(cached.contexts, phases.length), random.uniform(cached.contexts)];
      const [first, inside] = [random.uniform(cached.contexts), random.uniform(cached.contexts)];
      const end = zeros([cached.contexts]);
      const pairs = drawPairs(cached, (b) => {
        const count = Math.min(phases[which[b] ?? 0] ?? 1, last);
        const phase = Math.floor((place[b] ?? 0) * count);
        const [from, to] = [phase, phase + 1].map((edge) => Math.round((edge * last) / count)) as [number, number];
        const at = (first[b] ?? 0) < start ? from : from + Math.floor((inside[b] ?? 0) * (to - from));
        end.data[b] = cached.grid[to] ?? Number.NaN;
        return [at, Math.min(at + stride, to)];
      });
      return { ...pairs, end };
    },
    targets: (u, batch) => {
      const later = named(batch, 'x_t');
      return { landing: atOnce ? later : jumpOf(u)(later, named(batch, 't'), named(batch, 'end')) };
    },
    loss: (u, batch, targets) => {
      const [x, s, end] = [named(batch, 'x_s'), named(batch, 's'), named(batch, 'end')];
      return landingDistance(jumpOf(u)(x, s, end), named(targets, 'landing'), landingScale(s, end), huber);
    },
  };
}

/** The intervals of a path of `last` between two states, whose share halves from coarsest to finest over the progress. */
export function strideAt(
  last: number,
  { coarsest, finest }: { readonly coarsest: number; readonly finest: number },
  progress: number,
): number {
  const halvings = Math.max(0, Math.round(Math.log2(coarsest / finest)));
  const done = Math.min(halvings, Math.floor(progress * (halvings + 1)));
  return Math.max(1, Math.round((last * coarsest) / 2 ** done));
}
