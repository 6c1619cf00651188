/** An evaluation of one student and one fitted solver, without a run. */
import type { FittedSolver } from '../../../src/distillation/solver/file.ts';
import type { TrainedStudent } from '../../../src/distillation/train/students.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { recordedProgress } from '../../recorded-progress.ts';
import { smallRecipe } from '../../small-recipe.ts';
import { straightTeacher } from '../../straight-teacher.ts';

export const recipe = smallRecipe('evaluation.solvers=[euler]', 'evaluation.steps=[2]', 'evaluation.guidance=1.5');
export const [contexts, draws, token] = [8, 4, 2];
const searched = [
  { sampler: 'flow-map' as const, steps: 2, times: [0, 0.25, 1], error: 1, equal: 2 },
  { sampler: 'flow-map' as const, steps: 4, times: [0, 0.25, 0.5, 0.625, 1], error: 1, equal: 2 },
  { sampler: 'velocity' as const, steps: 2, times: [0, 0.75, 1], error: 1, equal: 2 },
];
const facts = { steps: 60, samples: 960, forwards: 2880, seconds: 5, searched };
export const cacheFacts = {
  ...{ teacher: 't', solver: 'heun', steps: 8, draws: 2, contexts: 40, token: 3, condition: 4 },
  ...{ forwards: 1000, seconds: 2 },
};
export const fitted: FittedSolver = {
  ...{ format: 1, fit: 'times', solver: 'euler', steps: 2, times: [0, 0.625, 1], error: 1, before: 2, paths: 80 },
  ...{ pathForwards: 5120, forwards: 9920, seconds: 3, updates: 0, origin: { teacher: 't', cache: 'c', request: 'r' } },
};
export const student: TrainedStudent = {
  ...{ name: 'one', method: 'trajectory', seed: 1, folder: '', path: 'student', hash: 'h', facts },
};

/** Draws that make every number plain: noise of a key, times a scale, plus a shift. */
export const tokens = (key: string, scale = 1, shift = 0) => ({
  shape: [contexts, draws, token],
  data: stream('evaluate', key)
    .normal(contexts * draws * token)
    .map((z) => scale * z + shift),
});

/** Where its contexts are in their images: all first. */
export const position = { shape: [contexts], data: new Int32Array(contexts) };

/** What its rows are measured in. */
export const measuredIn = (run: string) => ({
  ...{ recipe, run, facts: cacheFacts, students: [student] },
  ...{ progress: recordedProgress(), teacher: straightTeacher() },
});
