/**
 * Whose step of a training it is. Where a second network is learnt beside the first, they take turns, and a step moves one
 * of them alone: its weights, moments and average. A step whose loss leaves the other out would still move it: Adam goes
 * on along its momentum where the gradient is zero, the zeros shrink its second moment, and weight decay does not stop.
 */
import type * as tf from '@tensorflow/tfjs';
import type { NamedTensors } from '../graph/program.ts';
import type { Layout } from './arena.ts';

/** A loss over parameters and a batch. */
export interface Objective {
  /** What the loss is compared with; no gradient flows through it. `average` is empty unless the task asks for it. */
  readonly targets?: (parameters: NamedTensors, batch: NamedTensors, average: NamedTensors) => NamedTensors;
  /** The scalar `loss` and further scalars to log. */
  readonly loss: (
    parameters: NamedTensors,
    batch: NamedTensors,
    targets: NamedTensors,
  ) => { readonly loss: tf.Tensor; readonly [metric: string]: tf.Tensor };
}

/** A second set of weights with a loss of its own. */
export interface Beside extends Objective {
  /** How many of its steps go before each step of the others. */
  readonly updates: number;
  /** Whether a tensor is one of its own; all others stand still meanwhile. */
  readonly owns: (name: string) => boolean;
}

/** A kind of step: what it descends, and the part of the arena that it moves. */
export interface Turn {
  readonly objective: Objective;
  readonly moved: Layout;
}

/** The turns of a training: its own, and that of the weights beside, where there are any. */
export function turnsOf(
  task: Objective & { readonly beside?: Beside },
  layout: Layout,
): { readonly own: Turn; readonly beside?: Turn } {
  const { beside } = task;
  if (beside === undefined) return { own: { objective: task, moved: layout } };
  const part = (owned: boolean): Layout => ({
    ...layout,
    slots: layout.slots.filter(({ name }) => beside.owns(name) === owned),
  });
  return { own: { objective: task, moved: part(false) }, beside: { objective: beside, moved: part(true) } };
}

/** The turn of a step (from 0) where `updates` steps beside go before each own one, and how many of its kind were before. */
export function turnAt(step: number, updates: number): { readonly turn: 'own' | 'beside'; readonly before: number } {
  const [cycle, place] = [Math.floor(step / (updates + 1)), step % (updates + 1)];
  return place < updates ? { turn: 'beside', before: cycle * updates + place } : { turn: 'own', before: cycle };
}
