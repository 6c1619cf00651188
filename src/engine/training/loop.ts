import { freeMemory } from '../../ground/free-memory.ts';
import type { HostTensor, Parameters } from '../../ground/host-tensor.ts';
import { compile } from '../compile.ts';
import { valueAndGradients } from '../graph/gradient.ts';
import { named } from '../graph/named.ts';
import type { Engine, NamedTensors, Program, TensorSpec } from '../graph/program.ts';
import { fill, type Layout, layoutOf, views } from './arena.ts';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import { type Divergence, diverged, runaway } from './diverged.ts';
import {
  createOptimizer,
  type Optimizer,
  type OptimizerName,
  type OptimizerOptions,
  type Stepper,
  type TrainingState,
} from './optimizer.ts';
import { optimizers } from './optimizers.ts';
import { prefixed, unprefixed } from './prefix.ts';
import { type Schedule, scheduledRate } from './schedule.ts';
import { type Beside, type Objective, type Turn, turnAt, turnsOf } from './turns.ts';
import { openWatch, type Probe, type RawError } from './watch.ts';

/** What is learnt: a loss over parameters and a batch. */
export interface TrainingTask extends Objective {
  /** Where training starts: weights, or a function that hands them over, so that nothing but the arena keeps them. */
  readonly parameters: Parameters | (() => Parameters);
  /** Names, shapes and types of a batch's tensors. */
  readonly batchSpecs: Readonly<Record<string, TensorSpec>>;
  /** Weights that are read and not learnt (a teacher's), among the batch's tensors by name. */
  readonly frozen?: Parameters;
  /** The batch of a step: a function of the step alone, so that a resumed run sees the same. */
  readonly batch: (
    step: number,
  ) => Readonly<Record<string, HostTensor>> | Promise<Readonly<Record<string, HostTensor>>>;
  /** Whether the targets ask for the moving average of the weights. */
  readonly averaged?: true;
  /** Weights that are learnt in steps of their own, between those of the others. */
  readonly beside?: Beside;
  /** What shows that training diverges, whatever its loss says. */
  readonly probe?: Probe;
}

/** One line of the training log; further metrics of the task by name. */
export interface TrainingLog {
  readonly step: number;
  readonly loss: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
  readonly secondsElapsed: number;
  /** What the task's probe measured after this step, where it did. */
  readonly rawError?: number;
  readonly [metric: string]: number;
}

/** How it is learnt. */
export interface TrainingOptions extends OptimizerOptions, Pick<Divergence, 'name' | 'advice'> {
  readonly steps: number;
  readonly warmup: number;
  readonly schedule: Schedule;
  /** AdamW unless given. */
  readonly optimizer?: OptimizerName;
  readonly engine: Engine;
  /** Checkpoint file; training continues from it when it is there. */
  readonly checkpoint: string;
  readonly checkpointEvery: number;
  /** Steps between log lines; the last step is always logged. */
  readonly logEvery: number;
  /** Steps between looks at the raw error, a multiple of `logEvery`; none unless given. */
  readonly probeEvery?: number;
  /** The raw errors that were logged before the step that training starts at; asked after `onStart`. */
  readonly earlierErrors?: () => readonly RawError[];
  /** Called once with the step that training starts at (0, or that of the checkpoint), before anything is logged. */
  readonly onStart?: (step: number) => void | Promise<void>;
  readonly onLog?: (line: TrainingLog) => void | Promise<void>;
  /** Called before a checkpoint is written: what it goes on from must be on the disk first. */
  readonly onCheckpoint?: () => void | Promise<void>;
  readonly signal?: AbortSignal;
}

/** The weights after training, in the arena: their moving average (what is used) and the last ones. */
export interface Trained {
  readonly average: Parameters;
  readonly last: Parameters;
}

/**
 * Trains until `steps` are done, resuming at the checkpoint. A NaN, or a raw error that has run away, stops with the last
 * good checkpoint named (DivergedError); while the error is suspect, no checkpoint takes its place. Throws UsageError where
 * the network has nothing for the optimizer that is asked for.
 */
export async function train(task: TrainingTask, options: TrainingOptions): Promise<Trained> {
  const { layout, optimizer } = startingState(task);
  const { state } = optimizer;
  const opened: Disposable[] = [];
  try {
    const resumable = { layout, state, optimizer: options.optimizer ?? 'adamw' };
    const { probeEvery = Number.POSITIVE_INFINITY } = options;
    const watch =
      task.probe && options.probeEvery && (await openWatch(task.probe, layout, state.parameters, options.engine));
    if (watch) {
      opened.push(watch);
      await watch.look(0); // before a checkpoint takes the place of what training starts from
    }
    const first = await loadCheckpoint(options.checkpoint, resumable);
    let saved = first;
    await options.onStart?.(first);
    if (watch) watch.recall(options.earlierErrors?.() ?? []);
    const turnOf = await openTurns(task, { layout, optimizer, opened }, options);
    freeMemory();
    const feeds = weightFeeds(task, layout, state);
    const started = performance.now();
    for (let step = first; step < options.steps; step++) {
      options.signal?.throwIfAborted();
      const { program, gradients, stepper, before } = turnOf(step);
      if (task.beside) state.gradients.fill(0); // the norm is of what this turn moves
      const outputs = await program.run({ ...feeds, ...prefixed('batch', await task.batch(step)) }, gradients);
      const norm = optimizer.gradientNorm();
      const values = scalars(outputs);
      if (![norm, values.loss ?? Number.NaN, ...Object.values(values)].every(Number.isFinite))
        throw diverged(step, `loss ${values.loss}, gradient norm ${norm}`, { ...options, saved });
      const learningRate = scheduledRate(options.learningRate, options.schedule, step, options.warmup, options.steps);
      await stepper.update(options, before, learningRate, norm);
      const done = step + 1;
      const rawError = watch && done % probeEvery === 0 ? await watch.look(done) : undefined;
      if (rawError !== undefined && !Number.isFinite(rawError))
        throw diverged(step, `raw error ${rawError}`, { ...options, saved });
      if (done % options.logEvery === 0 || done === options.steps)
        await options.onLog?.({
          ...values,
          loss: values.loss ?? Number.NaN,
          step: done,
          gradientNorm: norm,
          learningRate,
          secondsElapsed: (performance.now() - started) / 1000,
          ...(rawError !== undefined && { rawError }),
        });
      const verdict = watch ? watch.verdict() : undefined;
      if (verdict?.diverged) throw diverged(step, runaway(verdict), { ...options, saved });
      if (done !== options.steps && (done % options.checkpointEvery !== 0 || verdict?.suspect)) continue;
      if (![state.parameters, state.average].every((region) => region.every(Number.isFinite)))
        throw diverged(step, 'weights that are not finite', { ...options, saved });
      await options.onCheckpoint?.();
      await saveCheckpoint(options.checkpoint, resumable, done);
      saved = done;
    }
  } finally {
    for (const { dispose } of opened) await dispose();
  }
  return { average: views(layout, state.average), last: views(layout, state.parameters) };
}

/** The arena, filled with the weights that training starts from. */
function startingState({ parameters: given }: TrainingTask): { layout: Layout; optimizer: Optimizer } {
  freeMemory(); // the arena of a training before it
  const parameters = typeof given === 'function' ? given() : given;
  const layout = layoutOf(parameters);
  const optimizer = createOptimizer(layout.size);
  fill(layout, optimizer.state.parameters, parameters);
  optimizer.state.average.set(optimizer.state.parameters);
  return { layout, optimizer };
}

/** What a step runs. */
interface OpenTurn {
  readonly program: Program;
  /** Where the program writes the gradients of what it moves. */
  readonly gradients: Readonly<Record<string, HostTensor<Float32Array>>>;
  readonly stepper: Stepper;
}

/** Opens the turns of a training; gives that of a step, and how many of its kind were before. */
async function openTurns(
  task: TrainingTask,
  { layout, optimizer, opened }: { layout: Layout; optimizer: Optimizer; opened: Disposable[] },
  { optimizer: name = 'adamw', engine }: TrainingOptions,
): Promise<(step: number) => OpenTurn & { readonly before: number }> {
  const open = async (turn: Turn): Promise<OpenTurn> => {
    const stepper = await optimizers[name](optimizer, turn.moved, engine);
    opened.push(stepper);
    const program = await compileStep(task, layout, engine, turn);
    opened.push(program);
    return { program, gradients: prefixed('gradient', views(turn.moved, optimizer.state.gradients)), stepper };
  };
  const turns = turnsOf(task, layout);
  const own = await open(turns.own);
  const beside = turns.beside && (await open(turns.beside));
  return (step) => {
    const { turn, before } = turnAt(step, task.beside?.updates ?? 0);
    return { ...(turn === 'beside' && beside ? beside : own), before };
  };
}

/** What is closed when training ends. */
interface Disposable {
  readonly dispose: () => Promise<void>;
}

/** One program for a step of a turn: gradients of what it moves (`gradient/…`), the loss and the metrics (`value/…`). */
export function compileStep(task: TrainingTask, layout: Layout, engine: Engine, turn?: Turn): Promise<Program> {
  const { fn, specs, constants } = stepOf(task, layout, turn);
  return compile(fn, specs, { engine, constants });
}

/** The same as a function to be traced, with its inputs and its frozen weights; of the task's own turn unless given. */
export function stepOf(task: TrainingTask, layout: Layout, { objective, moved }: Turn = turnsOf(task, layout).own) {
  const parameterSpecs = Object.fromEntries(layout.slots.map(({ name, shape }) => [name, { shape }]));
  return {
    fn: (inputs: NamedTensors): NamedTensors => {
      const parameters = unprefixed('parameter', inputs);
      const batch = unprefixed('batch', inputs);
      const targets = objective.targets?.(parameters, batch, unprefixed('average', inputs)) ?? {};
      const { values, gradients } = valueAndGradients(
        (weights) => objective.loss({ ...parameters, ...weights }, batch, targets),
        Object.fromEntries(moved.slots.map(({ name }) => [name, named(parameters, name)])),
      );
      return { ...prefixed('value', values), ...prefixed('gradient', gradients) };
    },
    specs: {
      ...prefixed('parameter', parameterSpecs),
      ...(task.averaged && prefixed('average', parameterSpecs)),
      ...prefixed('batch', task.batchSpecs),
    },
    constants: prefixed('batch', task.frozen ?? {}),
  };
}

/** The weights as a step reads them, in place. */
const weightFeeds = ({ averaged }: TrainingTask, layout: Layout, state: TrainingState) => ({
  ...prefixed('parameter', views(layout, state.parameters)),
  ...(averaged && prefixed('average', views(layout, state.average))),
});

const scalars = (outputs: Readonly<Record<string, HostTensor>>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(outputs).flatMap(([name, { data }]) =>
      name.startsWith('value/') ? [[name.slice('value/'.length), data[0] ?? Number.NaN]] : [],
    ),
  );
