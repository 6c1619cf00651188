import { freeMemory } from '../../ground/free-memory.ts';
import type { Parameters } from '../../ground/host-tensor.ts';
import { fill, type Layout, layoutOf, views } from './arena.ts';
import { loadCheckpoint, type Progressed, saveCheckpoint } from './checkpoint.ts';
import { diverged, runaway } from './diverged.ts';
import { openLooks } from './looks.ts';
import { createOptimizer, type Optimizer, type TrainingState } from './optimizer.ts';
import { type SettledStep, settleStep, timeInt8 } from './precision.ts';
import { openStepping } from './stepping/open.ts';
import { isFiniteStep, type Taken } from './stepping/stepping.ts';
import type { TrainingOptions, TrainingTask } from './task.ts';
import type { Look } from './validation.ts';

/** The weights after training, in the arena: their moving average (what is used) and the last ones. */
export interface Trained {
  readonly average: Parameters;
  readonly last: Parameters;
  /** The steps that were done: fewer than asked for where patience ended it. */
  readonly steps: number;
  /** The best look at what is held out, where there was one. */
  readonly best?: Look;
  /** The numbers in which products were made. */
  readonly precision: SettledStep;
}

/**
 * Trains until `steps` are done or patience is at its end, resuming at the checkpoint. A NaN, or a raw error that has run
 * away, stops with the last good checkpoint named (DivergedError); while the error is suspect, no checkpoint takes its place.
 * Throws UsageError where the network has nothing for the optimizer that is asked for, and patience nothing to look at.
 */
export async function train(task: TrainingTask, options: TrainingOptions): Promise<Trained> {
  const { layout, optimizer } = startingState(task, options);
  const { state } = optimizer;
  const opened: Disposable[] = [];
  try {
    const resumable = { layout, state, optimizer: options.optimizer ?? 'adamw' };
    const looks = await openLooks(task, layout, state, options);
    opened.push(looks);
    const kept = await loadCheckpoint(options.checkpoint, resumable);
    let done = kept?.step ?? 0;
    let saved = done;
    await options.onStart?.(done);
    looks.recall();
    const settled = await settledPrecision(task, layout, state, { options, kept });
    const precision = settled.used;
    const stepping = await openStepping({ task, layout, optimizer }, { ...options, precision });
    opened.push(stepping);
    freeMemory();
    const started = performance.now();
    while (done < options.steps && !looks.ended()) {
      options.signal?.throwIfAborted();
      const taken = await stepping.advance(done, nextStop(done, options));
      for (const [place, each] of taken.entries())
        if (!isFiniteStep(each))
          throw diverged(done + place, `loss ${each.values.loss}, gradient norm ${each.norm}`, { ...options, saved });
      const step = done + taken.length - 1;
      done = step + 1;
      const { values, norm, learningRate } = taken.at(-1) as Taken;
      const due = done % options.checkpointEvery === 0 || done === options.steps;
      if (due || (options.probeEvery && done % options.probeEvery === 0)) await stepping.land();
      if (precision === 'int8' && done % options.logEvery === 0 && !optimizer.isFinite())
        throw diverged(step, notFinite, { ...options, saved }); // rounding to int8 may hide them from the loss
      const looked = await looks.at(done);
      for (const [name, value] of Object.entries(looked))
        if (!Number.isFinite(value)) throw diverged(step, `${inWords(name)} ${value}`, { ...options, saved });
      if (done % options.logEvery === 0 || done === options.steps)
        await options.onLog?.({
          ...values,
          loss: values.loss ?? Number.NaN,
          step: done,
          gradientNorm: norm,
          learningRate,
          secondsElapsed: (performance.now() - started) / 1000,
          ...looked,
        });
      const verdict = looks.verdict();
      if (verdict?.diverged) throw diverged(step, runaway(verdict), { ...options, saved });
      const best = looks.best();
      if (best?.step === done) await options.onBest?.(views(layout, state.average), best);
      const last = done === options.steps || looks.ended();
      if (!last && (!due || verdict?.suspect)) continue;
      if (!optimizer.isFinite()) throw diverged(step, notFinite, { ...options, saved });
      await options.onCheckpoint?.();
      await saveCheckpoint(options.checkpoint, resumable, { step: done, precision });
      saved = done;
    }
    const best = looks.best();
    const weights = { average: views(layout, state.average), last: views(layout, state.parameters) };
    return { ...weights, steps: done, precision: settled, ...(best && { best }) };
  } finally {
    for (const { dispose } of opened) await dispose();
  }
}

const notFinite = 'weights that are not finite';

/** The step after which something is due: a line of the log, which looks go with, or a checkpoint. */
const nextStop = (done: number, { logEvery, checkpointEvery, steps }: TrainingOptions): number =>
  Math.min(steps, ...[logEvery, checkpointEvery].map((every) => (Math.floor(done / every) + 1) * every));

/** A name of a value as words: `rawError` is "raw error". */
const inWords = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** The arena, filled with the weights that training starts from. */
function startingState(
  { parameters: given }: TrainingTask,
  { mostOfMemory }: TrainingOptions,
): { layout: Layout; optimizer: Optimizer } {
  freeMemory(); // the arena of a training before it
  const parameters = typeof given === 'function' ? given() : given;
  const layout = layoutOf(parameters, mostOfMemory);
  const optimizer = createOptimizer(layout);
  fill(layout, optimizer.state.parameters, parameters);
  fill(layout, optimizer.state.average, parameters);
  return { layout, optimizer };
}

/** The precision that is asked for, or that of the checkpoint, or what a step is faster in. */
function settledPrecision(
  task: TrainingTask,
  layout: Layout,
  state: TrainingState,
  { options, kept }: { readonly options: TrainingOptions; readonly kept: Progressed | undefined },
): Promise<SettledStep> {
  const { precision: asked = 'float32', engine } = options;
  return settleStep(asked, kept?.precision, { engine, time: () => timeInt8(task, layout, state, options) });
}

/** What is closed when training ends. */
interface Disposable {
  readonly dispose: () => Promise<void>;
}
