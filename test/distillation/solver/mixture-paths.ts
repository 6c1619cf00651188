import { type FitPaths, fitPaths, pathsBetween } from '../../../src/distillation/solver/fit-paths.ts';
import { solveTrajectories } from '../../../src/distillation/trajectory/solve.ts';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { gaussianTeacher } from '../../../src/teachers/exact/gaussian.ts';
import { mixtureTeacher } from '../../../src/teachers/exact/mixture.ts';
import type { Teacher } from '../../../src/teachers/teacher.ts';

export const draws = 4;

/** A teacher with paths to fit to, and as many others. */
export interface Solved {
  readonly teacher: Teacher;
  readonly paths: FitPaths;
  readonly others: FitPaths;
}

async function solved(teacher: Teacher, contexts: number): Promise<Solved> {
  const request = { solver: 'rk4', steps: 24, keep: 1, draws, guidance: { min: 1, max: 3 } } as const;
  const cache = await solveTrajectories(teacher, { ...request, contexts: 2 * contexts }, cpuEngine());
  const all = await fitPaths(cache, ['test'], 2 * contexts * draws);
  return { teacher, paths: pathsBetween(all, 0, contexts), others: pathsBetween(all, contexts, 2 * contexts) };
}

/** Paths of the exact mixture, guided. */
export const mixturePaths = async (contexts: number): Promise<Solved> =>
  solved(await mixtureTeacher('teachers/mixture/mixture.safetensors'), contexts);

/** Paths of a guided Gaussian, which are curved. */
export const gaussianPaths = (contexts: number): Promise<Solved> =>
  solved(gaussianTeacher({ token: 3, condition: 4, std: 0.2, unconditionalStd: 2 }), contexts);
