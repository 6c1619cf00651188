import * as tf from '@tensorflow/tfjs';
import { named } from '../../engine/graph/named.ts';
import { madeOf } from '../network/output.ts';
import type { Loss } from './loss.ts';

/**
 * The training loss of CALM's energy head (arXiv 2510.27688): the energy score of S tokens of a context made of `u`
 * [S, B, noise] against targets `mean` + `eps`·e^`log_std` drawn from the autoencoder's Gaussian (100 in the original),
 * 2·E|x − y| − Σ|x_i − x_k|/(S(S − 1)). Outputs `pred` [S, B, D], `loss.per_sample` [B] and `loss.mean`.
 */
export const energyLoss: Loss = {
  gradient: 'grad',
  times: {},
  reads: ({ token, noise = token }) => ({
    u: ['draws', 'rows', noise],
    mean: ['rows', token],
    log_std: ['rows', token],
    eps: ['targets', 'rows', token],
  }),
  least: { draws: 2 },
  values: (parameters, config, batch) => {
    const u = tf.transpose(named(batch, 'u'), [1, 0, 2]); // [B, S, noise]
    const made = madeOf(parameters, config, u, named(parameters, 'c')); // [B, S, D]
    const spread = tf.mul(named(batch, 'eps'), tf.exp(named(batch, 'log_std')));
    const targets = tf.transpose(tf.add(named(batch, 'mean'), spread), [1, 0, 2]); // [B, M, D]
    const draws = made.shape[1] ?? 1;
    const within = tf.div(tf.sum(distances(made, made), [1, 2]), draws * (draws - 1));
    const each = tf.sub(tf.mul(2, tf.mean(distances(made, targets), [1, 2])), within);
    const mean = tf.mean(each);
    return { loss: mean, 'loss.mean': mean, 'loss.per_sample': each, pred: tf.transpose(made, [1, 0, 2]) };
  },
};

/** |a_i − b_j| [B, S, M] of a [B, S, D] and b [B, M, D]; equal points are 0 apart, with gradient 0. */
function distances(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const squares = tf.sum(tf.square(tf.sub(tf.expandDims(a, 2), tf.expandDims(b, 1))), -1);
  const equal = tf.equal(squares, 0);
  const one = tf.onesLike(squares);
  return tf.where(equal, tf.zerosLike(squares), tf.sqrt(tf.where(equal, one, squares)));
}
