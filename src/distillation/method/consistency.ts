import { z } from 'zod';
import { named } from '../../engine/graph/named.ts';
import { zeros } from '../../heads/network/initial.ts';
import { jumpOf } from '../student/network.ts';
import { landingDistance, landingScale } from './distance.ts';
import { huber, type JumpKnobs, jumpKnobs } from './knobs.ts';
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

const options = z.strictObject({
  ...consistencyOptions,
  even: jumpKnobs.even
    .default(0)
    .describe('share of the other pairs that begin where a sampler of equal steps re-noises; the rest anywhere'),
  counts: jumpKnobs.counts,
});

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
  create: ({ even, counts, ...knobs }) => withinPhases([1], knobs, { even, counts }),
});

const phaseOptions = z.strictObject(consistencyOptions);

/** Three forwards and that of the target, which is cached where all pairs end where their phase does. */
export function consistencyForwards(knobs: Pick<z.output<typeof options>, 'coarsest' | 'finest'>): MethodForwards {
  return { student: endsAtOnce(knobs) ? 3 : 4 };
}

const endsAtOnce = ({ coarsest, finest }: Pick<z.output<typeof options>, 'coarsest' | 'finest'>): boolean =>
  coarsest === 1 && finest === 1;

/** Consistency in phases: a context draws how many there are, and states of a phase map to its end. */
export function withinPhases(
  phases: readonly number[],
  { start, huber, coarsest, finest, curriculum }: z.output<typeof phaseOptions>,
  { even, counts }: Pick<JumpKnobs, 'even' | 'counts'> = { even: 0, counts: [2] },
): Method {
  const atOnce = endsAtOnce({ coarsest, finest });
  return {
    specs: (shape) => ({ ...pairSpecs(shape), end: { shape: [shape.contexts] } }),
    draw: (cached, random, progress) => {
      const last = cached.grid.length - 1;
      const stride = strideAt(last, { coarsest, finest }, curriculum > 0 ? progress / curriculum : 1);
      const [which, place] = [random.integers(cached.contexts, phases.length), random.uniform(cached.contexts)];
      const [first, inside] = [random.uniform(cached.contexts), random.uniform(cached.contexts)];
      const stops = even > 0 ? random.uniform(cached.contexts) : undefined; // older recipes draw the same numbers
      const end = zeros([cached.contexts]);
      const pairs = drawPairs(cached, (b) => {
        const count = Math.min(phases[which[b] ?? 0] ?? 1, last);
        const phase = Math.floor((place[b] ?? 0) * count);
        const [from, to] = [phase, phase + 1].map((edge) => Math.round((edge * last) / count)) as [number, number];
        const stopped = stops !== undefined && (stops[b] ?? 1) < even;
        const share = stopped ? stopOf(counts, inside[b] ?? 0) : (inside[b] ?? 0);
        const at = (first[b] ?? 0) < start ? from : from + Math.floor(share * (to - from));
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

/** Where a sampler whose number of equal steps is one of `counts` re-noises: a share of the path, the first is k/n; `place` from 0 to 1. */
function stopOf(counts: readonly number[], place: number): number {
  const which = Math.floor(place * counts.length);
  const count = counts[which] ?? 2;
  const rest = place * counts.length - which; // uniform again
  return (1 + Math.floor(rest * (count - 1))) / count;
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
