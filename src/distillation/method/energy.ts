import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { named } from '../../engine/graph/named.ts';
import { jumpOf } from '../student/network.ts';
import { energyScore, landingScale, pseudoHuber } from './distance.ts';
import { huber, jumpKnobs } from './knobs.ts';
import { defineMethod } from './method.ts';
import { drawOwnEnds, flowEnds, ownEnds } from './own-ends.ts';
import { drawJumps, pairSpecs } from './pair.ts';

const options = z.discriminatedUnion('ends', [
  z.strictObject({
    ends: flowEnds,
    ...jumpKnobs,
    regression: z.number().min(0).default(0.1).describe('weight of the distance to the same path beside the score'),
    huber,
  }),
  z.strictObject({ ends: ownEnds }),
]);

/**
 * Energy score finisher (the loss of EAR, arXiv 2505.07812): the jumps of a context's K draws must have the distribution
 * of its K cached states at the later time, whichever goes where, 2·E‖X − y‖ − E‖X − X'‖ over different draws. Own ends
 * belong to no noise, so that with these there is the score alone.
 */
export const energy = defineMethod({
  title: 'Energy score',
  source: 'arXiv 2505.07812, on jumps between all times of a cached path',
  options,
  sampler: 'flow-map',
  forwards: { student: 3 },
  training: { learningRate: 1e-3 },
  needs: { draws: 2 },
  ownEnds: ({ ends }) => ends === 'own',
  create: (chosen) => ({
    specs: pairSpecs,
    draw: (cached, random) => (chosen.ends === 'own' ? drawOwnEnds(cached, random) : drawJumps(cached, random, chosen)),
    loss: (u, batch) => {
      const [x, s, t] = [named(batch, 'x_s'), named(batch, 's'), named(batch, 't')];
      const scale = landingScale(s, t);
      const [landed, cached] = [tf.mul(jumpOf(u)(x, s, t), scale), tf.mul(named(batch, 'x_t'), scale)];
      const score = tf.mean(energyScore(landed, cached));
      if (chosen.ends === 'own') return score;
      return tf.add(score, tf.mul(chosen.regression, pseudoHuber(landed, cached, chosen.huber)));
    },
  }),
});
