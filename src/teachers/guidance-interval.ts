import * as tf from '@tensorflow/tfjs';
import { sha256 } from '../ground/file/sha256.ts';
import type { Teacher } from './teacher.ts';

/** The times in which a teacher is guided, from noise at 0 to data at 1, ends included. */
export interface GuidanceInterval {
  readonly from: number;
  readonly to: number;
}

/**
 * A teacher that is guided within an interval of time alone, and moves by its conditional velocity outside (arXiv
 * 2404.07724, eq. 4): every scale counts as 1 there. A student learns the whole of it, with w as its input. Outside, too,
 * both branches are evaluated and counted. Prefixes of free-running contexts are sampled with guidance at all times.
 */
export const guidedWithin = ({ parts: _, ...teacher }: Teacher, { from, to }: GuidanceInterval): Teacher => ({
  ...teacher,
  hash: sha256(JSON.stringify([teacher.hash, 'guided within', from, to])),
  velocity: (parameters, context) => (x, t) => {
    const within = (scale: tf.Tensor): tf.Tensor => {
      const one = tf.onesLike(scale);
      return tf.where(tf.less(t, from), one, tf.where(tf.less(to, t), one, scale));
    };
    const { w, wImage } = context;
    const guided = { ...context, w: within(w), ...(wImage !== undefined && { wImage: within(wImage) }) };
    return teacher.velocity(parameters, guided)(x, t);
  },
});
