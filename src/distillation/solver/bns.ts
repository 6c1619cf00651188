/** Fits a non-stationary solver to cached paths (BNS, arXiv 2403.01329, algorithm 1). */
import * as tf from '@tensorflow/tfjs';
import { named } from '../../engine/graph/named.ts';
import type { NamedTensors } from '../../engine/graph/program.ts';
import { fill, layoutOf, views } from '../../engine/training/arena.ts';
import { createOptimizer } from '../../engine/training/optimizer.ts';
import { prefixed } from '../../engine/training/prefix.ts';
import { scheduledRate } from '../../engine/training/schedule.ts';
import { compileStep } from '../../engine/training/step.ts';
import type { TrainingTask } from '../../engine/training/task.ts';
import { DataError } from '../../ground/errors.ts';
import type { Parameters } from '../../ground/host-tensor.ts';
import { shuffledEpochs } from '../../ground/random/epochs.ts';
import { contextFeeds, contextOf, contextSpecs } from '../../heads/context.ts';
import { type NonStationary, nonStationaryOf, rowsOf, solveNonStationary } from '../../heads/solver/non-stationary.ts';
import { mostSearched } from '../../heads/solver/search-times.ts';
import { type SolverName, solvers } from '../../heads/solver/table.ts';
import { nonStationarySolver } from '../../teachers/solve/non-stationary-solver.ts';
import type { Teacher } from '../../teachers/teacher.ts';
import type { FitEntry, Fitted, FitWork } from './fit.ts';
import { contextsOf, countOf, drawsOf, type FitPaths, meanDistance, pathsBetween, pathsOf } from './fit-paths.ts';
import { searchSolverTimes } from './search.ts';

/** Adam's steps, the paths of each, and how often the paths that are kept apart are looked at. */
const UPDATES = 600;
const BATCH = 128;
const LOOK_EVERY = 20;

/** Paths on which the times of what it may start as are searched. */
const START_PATHS = 256;

/** Weights and lengths of n steps are of the order of 1/n, and so is what Adam moves them by. */
const adamOf = (steps: number) => ({
  learningRate: 0.02 / steps,
  ...{ beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, clip: 1, ema: 0 },
});

/** The solvers that it may start as: those of one evaluation a step, which are all the same at one step. */
function startsOf(steps: number): readonly SolverName[] {
  const all = (Object.keys(solvers) as SolverName[]).filter((name) => solvers[name].evaluations === 1);
  return steps === 1 ? all.slice(0, 1) : all;
}

/** The solver as what is learnt: the logarithms of the steps' lengths, whose softmax they are, and the weights. */
function parametersOf({ times, weights }: NonStationary): Parameters {
  const steps = weights.length;
  const lengths = Float32Array.from(weights, (_, i) => Math.log((times[i + 1] ?? 1) - (times[i] ?? 0)));
  const all = new Float32Array(steps * (steps + 1));
  for (const [step, row] of weights.entries()) all.set(row, step * (steps + 1));
  return { lengths: { shape: [steps], data: lengths }, weights: { shape: [steps, steps + 1], data: all } };
}

/** The solver that parameters stand for; undefined where two times are the same in float32. */
function solverOf(parameters: Parameters): NonStationary | undefined {
  const lengths = Array.from(parameters.lengths?.data ?? [], Math.exp);
  const whole = lengths.reduce((sum, length) => sum + length, 0);
  let time = 0;
  const inner = lengths.slice(0, -1).map((length) => {
    time += length / whole;
    return Math.fround(time);
  });
  const times = [0, ...inner, 1];
  if (!times.every((value, i) => i === 0 || value > (times[i - 1] ?? 1))) return undefined;
  return { times, weights: rowsOf(parameters.weights?.data ?? new Float32Array(), lengths.length) };
}

/** The times of the evaluations [n] from the logarithms of lengths [n]: sums of those before. */
function timesOf(lengths: tf.Tensor): tf.Tensor {
  const steps = lengths.shape[0] ?? 1;
  const before = Float32Array.from({ length: steps * steps }, (_, i) => (i % steps < Math.floor(i / steps) ? 1 : 0));
  const column = tf.reshape(tf.softmax(lengths), [steps, 1]) as tf.Tensor2D;
  return tf.reshape(tf.matMul(tf.tensor2d(before, [steps, steps]), column), [steps]);
}

/**
 * log E‖x_n − x(1)‖ over the paths of a batch, whose gradient is of one size however near they are. The mean is of the
 * distances, as it is measured, where the paper has that of each path's log ‖x_n − x(1)‖² (eq. 12).
 */
function logError(ends: tf.Tensor, aims: tf.Tensor): tf.Tensor {
  return tf.log(tf.mean(tf.sqrt(tf.add(tf.sum(tf.squaredDifference(ends, aims), -1), 1e-12))));
}

function taskOf({ teacher, steps, key }: FitWork, start: NonStationary, paths: FitPaths): TrainingTask {
  const [contexts, draws] = [contextsOf(paths), drawsOf(paths)];
  const many = Math.min(contexts, Math.max(1, Math.floor(BATCH / draws)));
  const states = { shape: [many, draws, teacher.token] };
  const head = { ...teacher.head, condition: teacher.condition };
  const order = shuffledEpochs(contexts, ...key, 'epoch', steps);
  return {
    parameters: parametersOf(start),
    batchSpecs: { noise: states, ends: states, ...contextSpecs(head, many) },
    frozen: teacher.parameters,
    batch: (step) => {
      const taken = pathsOf(
        paths,
        Array.from({ length: many }, (_, b) => order(step * many + b)),
      );
      return { noise: taken.noise, ends: taken.ends, ...contextFeeds(head, taken) };
    },
    loss: (weights: NamedTensors, batch: NamedTensors) => {
      const velocity = teacher.velocity(batch, contextOf(head, batch));
      const times = timesOf(named(weights, 'lengths'));
      const ends = solveNonStationary(velocity, named(batch, 'noise'), times, named(weights, 'weights'));
      return { loss: logError(ends, named(batch, 'ends')) };
    },
  };
}

/** A solver and how far its ends are on paths that are kept apart. */
interface Judged {
  readonly solver: NonStationary;
  readonly error: number;
}

/**
 * Takes Adam's steps from a start; gives the best of the solvers on their way by `judge`, the start among them, and how many
 * steps there were: fewer than wanted where a gradient was not finite.
 */
async function descend(
  task: TrainingTask,
  { engine, steps }: FitWork,
  start: Judged,
  judge: (solver: NonStationary) => Promise<number>,
): Promise<Judged & { readonly updates: number }> {
  const parameters = typeof task.parameters === 'function' ? task.parameters() : task.parameters;
  const layout = layoutOf(parameters);
  const { state, update, gradientNorm } = createOptimizer(layout);
  fill(layout, state.parameters, parameters);
  const program = await compileStep(task, layout, { engine });
  const [own, gradients] = [views(layout, state.parameters), prefixed('gradient', views(layout, state.gradients))];
  const adam = adamOf(steps);
  const course = { ...adam, schedule: 'cosine', warmup: 0, steps: UPDATES } as const;
  let [best, updates] = [start, 0];
  try {
    for (let step = 0; step < UPDATES; step++) {
      const feeds = { ...prefixed('parameter', own), ...prefixed('batch', await task.batch(step)) };
      await program.run(feeds, gradients);
      const norm = gradientNorm();
      if (!Number.isFinite(norm)) break;
      updates += 1;
      update(adam, step, scheduledRate(course, step), norm);
      if ((step + 1) % LOOK_EVERY !== 0) continue;
      const solver = solverOf(own);
      const error = solver ? await judge(solver) : Number.POSITIVE_INFINITY;
      if (solver && error < best.error) best = { solver, error };
    }
    return { ...best, updates };
  } finally {
    await program.dispose();
  }
}

/**
 * The weights and times of a non-stationary solver of n steps whose ends are the nearest to the cached ones. It starts as the
 * solver of one evaluation a step that is the best at times that are searched for it; a quarter of the contexts is kept
 * apart, and what is the best on these is taken. Throws DataError where the start's ends are not finite.
 */
async function fit(work: FitWork): Promise<Fitted> {
  const { steps, teacher, paths, engine } = work;
  const contexts = contextsOf(paths);
  const apart = Math.floor(contexts / 4);
  const [held, learnt] = [pathsBetween(paths, 0, apart || contexts), pathsBetween(paths, apart, contexts)];
  const solved = await nonStationarySolver(teacher as Teacher, drawsOf(paths), engine);
  let evaluations = 0;
  const errorOn = async (own: FitPaths, solver: NonStationary): Promise<number> => {
    evaluations += steps * countOf(own);
    return meanDistance(await solved.ends(own, solver), own);
  };
  try {
    const some = pathsBetween(learnt, 0, Math.ceil(Math.min(countOf(learnt), START_PATHS) / drawsOf(paths)));
    const { name: from, ...found } = await bestStart(work, some);
    const solver = await nonStationaryOf(solvers[from], found.times, engine);
    const start = { solver, error: await errorOn(held, solver) };
    if (!Number.isFinite(start.error))
      throw new DataError(`bns at ${steps} steps: expected finite ends of ${from}, got others`);
    const task = taskOf(work, solver, learnt);
    const best = await descend(task, work, start, (solver) => errorOn(held, solver));
    const batch = task.batchSpecs.noise?.shape ?? [];
    const trained = 3 * best.updates * steps * Number(batch[0]) * Number(batch[1]);
    return {
      ...{ times: best.solver.times, weights: best.solver.weights, from, error: best.error, before: start.error },
      ...{ evaluations: evaluations + found.evaluations + trained, updates: best.updates },
    };
  } finally {
    await solved.dispose();
  }
}

/** The solver of one evaluation a step that is the best at searched times, and what all searches took. */
async function bestStart(work: FitWork, paths: FitPaths) {
  let best: (Fitted & { readonly name: SolverName }) | undefined;
  let evaluations = 0;
  for (const name of startsOf(work.steps)) {
    const found = await searchSolverTimes({ ...work, solver: name, paths });
    evaluations += found.evaluations;
    if (best === undefined || found.error < best.error) best = { ...found, name };
  }
  if (best === undefined) throw new TypeError('a table of solvers without one of one evaluation');
  return { ...best, evaluations };
}

/** Fitted weights and times. */
export const bns: FitEntry = {
  label: 'fitted',
  fewest: 1,
  paths: 2048,
  most: ({ steps, paths }) => {
    const searched = startsOf(steps).length * mostSearched(steps) * Math.min(paths, START_PATHS + 8);
    const looked = (1 + UPDATES / LOOK_EVERY) * (paths < 32 ? paths : paths / 4);
    return steps * (searched + 3 * UPDATES * BATCH + looked);
  },
  fit,
};
