import * as tf from '@tensorflow/tfjs';
import { GraphError } from '../../ground/errors.ts';
import { repairGradients } from './gradient-repairs.ts';
import type { NamedTensors } from './program.ts';

repairGradients();

/** A loss to descend and further scalars to watch. */
export type Objective = (parameters: NamedTensors) => {
  readonly loss: tf.Tensor;
  readonly [metric: string]: tf.Tensor;
};

/**
 * The values of an objective and the gradient of its loss with respect to each parameter, by tfjs's tape; zeros for a
 * parameter that does not matter. Works eagerly and while tracing.
 */
export function valueAndGradients(
  loss: Objective,
  parameters: NamedTensors,
): { values: NamedTensors; gradients: NamedTensors } {
  repairGradients();
  const entries = Object.entries(parameters);
  const kept: [string, tf.Tensor][] = [];
  const { value, grads } = tf.engine().gradients(
    () => {
      const { loss: total, ...metrics } = loss(parameters);
      if (total.size !== 1) throw new GraphError(`loss: expected a scalar, got [${total.shape.join(', ')}]`);
      for (const [name, metric] of Object.entries(metrics)) kept.push([name, tf.keep(tf.clone(metric))]);
      return total;
    },
    entries.map(([, parameter]) => parameter),
    undefined,
    true,
  );
  const gradients = entries.map(([name, parameter], index) => [name, grads[index] ?? tf.zerosLike(parameter)] as const);
  return {
    values: { loss: value, ...Object.fromEntries(kept.map(([name, metric]) => [name, release(metric)])) },
    gradients: Object.fromEntries(gradients),
  };
}

/** A kept tensor handed over to the current scope. */
function release(kept: tf.Tensor): tf.Tensor {
  const tensor = tf.clone(kept);
  kept.dispose();
  return tensor;
}

/**
 * f(t) and its directional derivative J·tangent (a Jacobian-vector product): the pull-back u ↦ Jᵀu is linear in u, so
 * its own pull-back is J ("double vjp"). The tangent has the shape of t.
 */
export function derivative(
  f: (t: tf.Tensor) => tf.Tensor,
  t: tf.Tensor,
  tangent: tf.Tensor,
): { value: tf.Tensor; tangent: tf.Tensor } {
  repairGradients();
  const value = f(t);
  const pullBack = (u: tf.Tensor): tf.Tensor => pull(() => f(t), t, u);
  const seed = tf.zeros(value.shape);
  return { value, tangent: pull(() => pullBack(seed), seed, tangent) };
}

/** The gradient of y = f() with respect to x, weighted by dy; zeros where y does not depend on x. */
function pull(f: () => tf.Tensor, x: tf.Tensor, dy: tf.Tensor): tf.Tensor {
  const [gradient] = tf.engine().gradients(f, [x], dy, true).grads;
  return gradient ?? tf.zerosLike(x);
}
