/** Whether the times that students ask for can be searched, and their factors on noise be used. */
import { counted } from '../../ground/counted.ts';
import type { MethodEntry } from '../method/method.ts';
import { methodNamed, methods } from '../method/table.ts';
import { noisesOf } from '../student/noise-scales.ts';
import { type SamplerName, samplers } from '../student/sampler/table.ts';
import type { Problem } from './problem.ts';
import type { DistillRecipe, StudentRecipe } from './recipe.ts';

/** The ways in which a student takes steps: its method's, the second one last. */
export function samplersOf({ method }: Pick<StudentRecipe, 'method'>): readonly SamplerName[] {
  const { sampler, otherSampler }: MethodEntry = methods[method];
  return otherSampler === undefined ? [sampler] : [sampler, otherSampler];
}

/** The step counts that a student is measured at. */
export const measuredCounts = (
  { steps }: Pick<StudentRecipe, 'steps'>,
  { evaluation }: { readonly evaluation: Pick<DistillRecipe['evaluation'], 'steps'> },
): readonly number[] => steps ?? evaluation.steps;

/** The step counts of a student whose times are searched; none where it takes equal steps. */
export const searchedCounts = (
  student: Pick<StudentRecipe, 'times' | 'steps'>,
  recipe: { readonly evaluation: Pick<DistillRecipe['evaluation'], 'steps'> },
): readonly number[] =>
  student.times === 'searched' ? measuredCounts(student, recipe).filter((count) => count > 1) : [];

/** Times of steps by step count. */
export type GivenTimes = Exclude<NonNullable<StudentRecipe['times']>, string>;

/** The times that a recipe gives for a student's own sampler; undefined where it gives none. */
export const givenTimes = ({ times }: Pick<StudentRecipe, 'times'>): GivenTimes | undefined =>
  typeof times === 'object' ? times : undefined;

/** Factors on noise that are more or fewer than the noises of so many steps. */
export const noiseProblems = (recipe: Pick<DistillRecipe, 'students'>): Problem[] =>
  recipe.students.flatMap((student, index) =>
    Object.entries(student.noiseScales ?? {}).flatMap(([steps, scales]) => {
      const { sampler } = methodNamed(student.method);
      const expected = noisesOf(sampler, Number(steps));
      if (scales.length === expected) return [];
      const message = `expected ${counted(expected, 'factors')}, as many as ${student.method} takes noises for ${counted(Number(steps), 'steps')}, got ${scales.length}`;
      return [{ path: ['students', index, 'noiseScales', steps], message }];
    }),
  );

/** What keeps times from being searched: nothing between noise and data, or too few draws to compare re-noised ends. */
export const timesProblems = (recipe: DistillRecipe): Problem[] =>
  recipe.students.flatMap((student, index) => {
    if (student.times !== 'searched') return [];
    const path = ['students', index, 'times'];
    const { draws } = recipe.trajectories;
    const renoising = samplersOf(student).some((name) => samplers[name].renoises);
    return [
      ...(searchedCounts(student, recipe).length > 0
        ? []
        : [{ path, message: 'expected equal, or a step count over 1: one step has no time between noise and data' }]),
      ...(renoising && draws < 2
        ? [
            {
              path,
              message: `expected equal, or at least 2 draws in the trajectories: ends of ${student.method}, which takes new noise, are compared with several of a context; got ${draws}`,
            },
          ]
        : []),
    ];
  });
