/** The optimizers as parts of a program: what `optimizer.wat` does in a pass over the arena, on tensors. */
import * as tf from '@tensorflow/tfjs';
import type { Layout, Slot } from '../arena.ts';
import type { Hidden } from '../hidden-matrices.ts';
import { MOMENTUM, matricesOf, reachOf } from '../muon.ts';
import { orthogonalized } from '../newton-schulz.ts';
import type { OptimizerName, OptimizerOptions, Rates } from '../optimizer.ts';

/** The regions of the state that a program moves. */
export const moving = ['parameter', 'mean', 'variance', 'average'] as const;

/** A tensor of the network with its moments and its average. */
export type Moving = Readonly<Record<(typeof moving)[number], tf.Tensor>>;

/** Scalars of a step: its rates, and the learning rate itself. */
export type StepScalars = Readonly<Record<keyof Rates | 'learningRate', tf.Tensor>>;

/** The names of a step's scalars. */
export const stepScalars = ['rate', 'correction', 'kept', 'decay', 'learningRate'] as const satisfies (
  | keyof Rates
  | 'learningRate'
)[];

/** Moves a tensor by its clipped gradient. */
type Rule = (state: Moving, gradient: tf.Tensor, scalars: StepScalars) => Moving;

/** What tells the rule of a tensor. */
type RuleOf = (slot: Slot) => Rule;

/** The rules of the tensors of a layout under an optimizer. Throws UsageError where there is nothing for it. */
export const rules: Readonly<
  Record<OptimizerName, (options: OptimizerOptions, layout: Pick<Layout, 'slots'>, hidden?: Hidden) => RuleOf>
> = {
  adamw: (options) => () => adamw(options),
  muon: (options, layout, hidden) => {
    const matrices = matricesOf(layout, hidden);
    return (slot) => (matrices.includes(slot) ? muon(reachOf(slot, options)) : adamw(options));
  },
};

/** AdamW (arXiv 1711.05101) with the numbers of the pass over the arena, where 1 − β is of float32, too. */
const adamw =
  ({ beta1, beta2, epsilon }: OptimizerOptions): Rule =>
  (state, gradient, scalars) => {
    const mean = mixed(state.mean, gradient, beta1);
    const variance = mixed(state.variance, tf.square(gradient), beta2);
    const root = tf.add(tf.sqrt(tf.mul(variance, scalars.correction)), epsilon);
    return moved({ ...state, mean, variance }, tf.div(tf.mul(mean, scalars.rate), root), scalars);
  };

/** Muon: the clipped gradient joins the momentum, which moves the matrix once it is orthogonal. */
const muon =
  (reach: number): Rule =>
  (state, gradient, scalars) => {
    const mean = tf.add(tf.mul(state.mean, MOMENTUM), gradient);
    const direction = orthogonalized(tf.add(gradient, tf.mul(mean, MOMENTUM)));
    return moved({ ...state, mean }, tf.mul(direction, tf.mul(scalars.learningRate, reach)), scalars);
  };

/** Decays the weights, takes a move off them, and lets the average follow. */
function moved(state: Moving, move: tf.Tensor, { kept, decay }: StepScalars): Moving {
  const parameter = tf.sub(tf.mul(state.parameter, kept), move);
  const average = tf.add(tf.mul(state.average, decay), tf.mul(parameter, tf.sub(1, decay)));
  return { ...state, parameter, average };
}

/** β·old + (1 − β)·new. */
const mixed = (before: tf.Tensor, now: tf.Tensor, beta: number): tf.Tensor =>
  tf.add(tf.mul(before, beta), tf.mul(now, Math.fround(1 - Math.fround(beta))));
