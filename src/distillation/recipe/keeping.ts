/** Whether what students ask of the looks at the held-out set can be. */
import { looksOf } from '../train/look-sizes.ts';
import type { Problem } from './problem.ts';
import type { DistillRecipe } from './recipe.ts';

/** What keeps a training from keeping its best weights, or from ever losing its patience: too few looks. */
export const keepingProblems = ({ students }: DistillRecipe): Problem[] =>
  students.flatMap(({ training: { steps, keep, patience } }, index) => {
    const path = ['students', index, 'training'];
    const looks = looksOf(steps);
    const number = `${looks === 0 ? 'no look' : looks === 1 ? 'one look' : `${looks} looks`} at the held-out set in ${steps} steps`;
    return [
      ...(keep === 'best' && looks === 0
        ? [{ path: [...path, 'keep'], message: `expected last: there is ${number}` }]
        : []),
      ...(patience !== undefined && patience >= looks
        ? [
            {
              path: [...path, 'patience'],
              message: `expected ${looks > 1 ? `at most ${looks - 1}` : 'none'}: there ${looks > 1 ? 'are' : 'is'} ${number}; got ${patience}`,
            },
          ]
        : []),
    ];
  });
