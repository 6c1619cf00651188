/** In which numbers a training makes its products, where it is left to the machine. */
import { EngineError } from '../../ground/errors.ts';
import type { Engine, Precision, Program } from '../graph/program.ts';
import { type Layout, views } from './arena.ts';
import type { TrainingState } from './optimizer.ts';
import { prefixed } from './prefix.ts';
import { compileStep } from './step.ts';
import type { AskedPrecision, TrainingOptions, TrainingTask } from './task.ts';
import { turnsOf } from './turns.ts';
import { weightFeeds } from './weights.ts';

/** What int8 must save to be chosen: programs of one speed differ by less from run to run. */
const LEAST_SPEEDUP = 1.1;
const ROUNDS = 5;

/** The precision that is taken, and float32's seconds of a step over int8's where both were timed. */
export interface SettledStep {
  readonly used: Precision;
  readonly speedup?: number;
}

/**
 * Settles a training's precision: `kept` is that of the checkpoint that it goes on from, which stays. Throws EngineError where int8
 * is asked for and the engine has none.
 */
export async function settleStep(
  asked: AskedPrecision,
  kept: Precision | undefined,
  { engine, time }: { readonly engine: Engine; readonly time: () => Promise<number> },
): Promise<SettledStep> {
  const able = engine.kind === 'onnx' && engine.provider === 'cpu';
  if (asked === 'int8' && !able)
    throw new EngineError(
      `training.precision: int8 products are had from engine kind onnx, provider cpu, got ${engine.kind}, ${engine.provider}`,
    );
  if (asked !== 'auto') return { used: asked };
  if (kept !== undefined || !able) return { used: kept ?? 'float32' };
  const speedup = await time();
  return { used: speedup >= LEAST_SPEEDUP ? 'int8' : 'float32', speedup };
}

/** The seconds of a step in float32 over those with int8 products, in alternation, of the first batch; nothing is moved. */
export async function timeInt8(
  task: TrainingTask,
  layout: Layout,
  state: TrainingState,
  { engine, recompute }: Pick<TrainingOptions, 'engine' | 'recompute'>,
): Promise<number> {
  const { own: turn } = turnsOf(task, layout);
  const feeds = { ...weightFeeds(task, layout, state), ...prefixed('batch', await task.batch(0)) };
  const into = prefixed('gradient', views(turn.moved, state.gradients));
  const opened: Program[] = [];
  try {
    for (const precision of ['float32', 'int8'] as const)
      opened.push(await compileStep(task, layout, { engine, turn, precision, recompute }));
    const least = opened.map(() => Number.POSITIVE_INFINITY);
    for (let round = 0; round <= ROUNDS; round++)
      for (const [index, program] of opened.entries()) {
        const started = performance.now();
        await program.run(feeds, into);
        if (round > 0) least[index] = Math.min(least[index] ?? 0, performance.now() - started); // the first is warm-up
      }
    return (least[0] ?? 0) / (least[1] ?? 1);
  } finally {
    for (const program of opened) await program.dispose();
  }
}
