/** How a training takes its steps: where its state lies meanwhile, and what moves it. */
import type { Precision } from '../../graph/program.ts';
import type { Layout } from '../arena.ts';
import type { Optimizer } from '../optimizer.ts';
import type { TrainingOptions, TrainingTask } from '../task.ts';

/** What a step gave. */
export interface Taken {
  /** The loss and the metrics, by name. */
  readonly values: Readonly<Record<string, number>>;
  /** The norm of the gradient, before clipping. */
  readonly norm: number;
  readonly learningRate: number;
}

/** An open way of taking steps. */
export interface Stepping {
  /** Takes steps from a step (from 0) on: one at least, none from `until` on. A step that is not finite may have moved weights. */
  readonly advance: (from: number, until: number) => Promise<readonly Taken[]>;
  /** Brings the state into the arena, where it is not there. */
  readonly land: () => Promise<void>;
  readonly dispose: () => Promise<void>;
}

/** A training with its state in the arena. */
export interface Placed {
  readonly task: TrainingTask;
  readonly layout: Layout;
  readonly optimizer: Optimizer;
}

/** The options of a training, with the precision that it settled on. */
export type SettledOptions = Omit<TrainingOptions, 'precision'> & { readonly precision: Precision };

/** Whether all numbers of a step are finite. */
export const isFiniteStep = ({ values, norm }: Taken): boolean =>
  [norm, values.loss ?? Number.NaN, ...Object.values(values)].every(Number.isFinite);
