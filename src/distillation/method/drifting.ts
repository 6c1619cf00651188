import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { named } from '../../engine/graph/named.ts';
import { jumpOf } from '../student/network.ts';
import { landingScale, meanSquare, pairwiseDistances } from './distance.ts';
import { jumpKnobs } from './knobs.ts';
import { defineMethod } from './method.ts';
import { drawOwnEnds, flowEnds, ownEnds } from './own-ends.ts';
import { drawJumps, pairSpecs } from './pair.ts';

const temperatures = z
  .array(z.number().positive())
  .min(1)
  .default([0.05, 0.2, 0.5])
  .describe('widths of the Laplace kernels, in mean distances; their drifts are added');

const options = z.discriminatedUnion('ends', [
  z.strictObject({ ends: flowEnds, ...jumpKnobs, temperatures }),
  z.strictObject({ ends: ownEnds, temperatures }),
]);

/**
 * Drifting (arXiv 2602.04770): a context's own samples drift towards the teacher's and away from each other, and the
 * student regresses onto where its sample has drifted. The kernel is e^{−‖x − y‖/T}, normalised over the others and over the
 * samples, T in mean distances of the context. It ends where both sets have one distribution; the loss is flat by
 * construction, so watch the dispersion. Started from a student that regression has made, with many draws a context.
 */
export const drifting = defineMethod({
  title: 'Drifting',
  source: 'arXiv 2602.04770, per context, on jumps between all times of a cached path',
  options,
  sampler: 'flow-map',
  forwards: { student: 3 },
  training: { learningRate: 5e-4 },
  needs: { draws: 2 },
  ownEnds: ({ ends }) => ends === 'own',
  create: (chosen) => ({
    specs: pairSpecs,
    draw: (cached, random) => (chosen.ends === 'own' ? drawOwnEnds(cached, random) : drawJumps(cached, random, chosen)),
    targets: (u, batch) => {
      const landed = jumpOf(u)(named(batch, 'x_s'), named(batch, 's'), named(batch, 't'));
      return { drifted: tf.add(landed, drift(landed, named(batch, 'x_t'), chosen.temperatures)) };
    },
    loss: (u, batch, targets) => {
      const [s, t] = [named(batch, 's'), named(batch, 't')];
      const scale = landingScale(s, t);
      const landed = jumpOf(u)(named(batch, 'x_s'), s, t);
      return meanSquare(tf.mul(landed, scale), tf.mul(named(targets, 'drifted'), scale));
    },
  }),
});

/** Where samples x [B, K, D] drift among the teacher's y and themselves (algorithm 2), added over temperatures. */
export function drift(x: tf.Tensor, y: tf.Tensor, temperatures: readonly number[]): tf.Tensor {
  const draws = x.shape[1] ?? 1;
  const alone = tf.mul(tf.eye(draws), FAR); // neither itself nor the end of its own noise, which it would be drawn to alone
  const [towards, apart] = [pairwiseDistances(x, y), pairwiseDistances(x, x)];
  const size = tf.mean(towards, [1, 2], true);
  const steps = temperatures.map((temperature) => {
    const logits = tf.div(
      tf.neg(tf.add(tf.concat([towards, apart], 2), tf.concat([alone, alone], 1))),
      tf.mul(size, temperature),
    );
    const over = tf.softmax(logits);
    const across = tf.transpose(tf.softmax(tf.transpose(logits, [0, 2, 1])), [0, 2, 1]);
    const [near, own] = tf.split(tf.sqrt(tf.mul(over, across)), 2, 2) as [tf.Tensor, tf.Tensor];
    const pull = tf.mul(near, tf.sum(own, 2, true));
    const push = tf.mul(own, tf.sum(near, 2, true));
    return tf.sub(tf.matMul(pull as tf.Tensor3D, y as tf.Tensor3D), tf.matMul(push as tf.Tensor3D, x as tf.Tensor3D));
  });
  return tf.addN(steps);
}

/** Farther than any sample, in the units of a token. */
const FAR = 1e4;
