// A solver of the teacher's flow: Ralston's method, two evaluations a step, of second order.
// fewstep run docs/plugins/solver.yaml --allow-plugins
import * as tf from '@tensorflow/tfjs';
import { definePlugin, drift, type Solver } from 'fewstep';

const ralston: Solver = {
  title: 'Ralston',
  evaluations: 2,
  order: 2,
  step: (velocity, x, from, to) => {
    const duration = tf.sub(to, from); // [B]
    const ahead = tf.mul(duration, 2 / 3);
    const first = velocity(x, from); // [B, K, D]
    const second = velocity(drift(x, first, ahead), tf.add(from, ahead));
    return { x: drift(x, tf.add(tf.mul(first, 0.25), tf.mul(second, 0.75)), duration), memory: {} };
  },
};

export default definePlugin({ solvers: { ralston } });
