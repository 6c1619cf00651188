/** Whether a recipe's students can learn the ends of the system's own sampler that they ask for. */
import { methodNamed } from '../method/table.ts';
import type { Problem } from './problem.ts';
import type { DistillRecipe } from './recipe.ts';

/** What keeps own ends from being drawn, and students from learning them. */
export const ownEndsProblems = (recipe: DistillRecipe): Problem[] => [
  ...(recipe.trajectories.ownEnds === undefined ? [] : samplerProblems(recipe)),
  ...recipe.students.flatMap((student, index) =>
    methodNamed(student.method).ownEnds?.(student.options) ? studentProblems(recipe, index) : [],
  ),
];

/** Scales of a range are drawn anew for each context, so that calls of one scale would be of one context each. */
function samplerProblems({ teacher, guidance: { min, max }, trajectories: { ownEnds } }: DistillRecipe): Problem[] {
  return [
    ...(teacher.kind === 'imported'
      ? []
      : [
          {
            path: ['trajectories', 'ownEnds'],
            message: `expected none with a ${teacher.kind} teacher (it has no system with a sampler of its own), got ${ownEnds}`,
          },
        ]),
    ...(min === max
      ? []
      : [
          {
            path: ['guidance'],
            message: `expected one scale for trajectories.ownEnds, as a system's own sampler takes one for all its rows, got ${min} to ${max}`,
          },
        ]),
  ];
}

function studentProblems({ trajectories: { ownEnds }, students }: DistillRecipe, index: number): Problem[] {
  if (ownEnds === undefined)
    return [
      {
        path: ['students', index, 'options', 'ends'],
        message: 'expected flow, or trajectories with ownEnds, which these students learn; got own',
      },
    ];
  const draws = students[index]?.training.draws ?? 1;
  if (draws <= ownEnds) return [];
  return [
    {
      path: ['students', index, 'training', 'draws'],
      message: `expected at most the ${ownEnds} ownEnds of the trajectories, got ${draws}`,
    },
  ];
}
