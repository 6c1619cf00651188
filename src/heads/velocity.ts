import * as tf from '@tensorflow/tfjs';
import type { NamedTensors } from '../engine/graph/program.ts';
import { wholeContext } from './context.ts';
import { reading } from './diffusion.ts';
import { type Context, guide, guideThreeWays, type Velocity } from './flow.ts';
import type { HeadConfig } from './network/config.ts';
import type { Guidance } from './network/network-config.ts';
import { headOutput } from './network/output.ts';

/** The velocity of a head under hidden states c [B, H], whatever it predicts. */
export const headVelocity =
  (parameters: NamedTensors, config: HeadConfig, c: tf.Tensor): Velocity =>
  (x, t) => {
    const read = reading(config, x, t);
    return read.velocity(headOutput(parameters, config, read.x, { t: read.t }, c));
  };

/** What guidance does to a head, from its velocity under given hidden states. */
type Guide = (under: (c: tf.Tensor) => Velocity, context: Required<Context>) => Velocity;

const guides: Readonly<Record<Guidance, Guide>> = {
  output: (under, { conditional, unconditional, w }) => {
    const [told, untold] = [under(conditional), under(unconditional)];
    return (x, t) => guide(told(x, t), untold(x, t), w);
  },
  condition: (under, context) => under(enteringState('condition', context)),
  inside: (under, context) => under(enteringState('inside', context)),
  scale: (under, context) => under(enteringState('scale', context)),
  'three-way': (under, { conditional, unconditional, w, imageOnly, wImage }) => {
    const [told, seen, untold] = [under(conditional), under(imageOnly), under(unconditional)];
    return (x, t) => guideThreeWays({ both: told(x, t), image: seen(x, t), nothing: untold(x, t) }, w, wImage);
  },
};

/** Evaluations of a head in one guided velocity. */
export const evaluations: Readonly<Record<Guidance, number>> = {
  output: 2,
  ...{ condition: 1, inside: 1, scale: 1 },
  'three-way': 3,
};

/** The guided velocity of a head under a context. */
export const guidedVelocity = (parameters: NamedTensors, config: HeadConfig, context: Context): Velocity =>
  guides[config.guidance ?? 'output']((c) => headVelocity(parameters, config, c), wholeContext(context));

/** Numbers of what enters a head where its hidden state does. */
export const enteringWidth = ({ guidance, condition }: Pick<HeadConfig, 'guidance' | 'condition'>): number =>
  guidance === 'inside' ? 2 * condition + 1 : guidance === 'scale' ? condition + 1 : condition;

/**
 * What enters a head where its hidden state does: that state [B, H]; of heads that are guided before them
 * unconditional + w·(conditional − unconditional); of heads that are guided inside the states and the scale side by side.
 */
export function enteringState(
  guidance: Guidance | undefined,
  { conditional, unconditional, w }: Pick<Context, 'conditional' | 'unconditional' | 'w'>,
): tf.Tensor {
  switch (guidance) {
    case 'condition':
      return tf.squeeze(guide(tf.expandDims(conditional, 1), tf.expandDims(unconditional, 1), w), [1]);
    case 'inside':
      return tf.concat([conditional, unconditional, tf.reshape(w, [-1, 1])], 1);
    case 'scale':
      return tf.concat([conditional, tf.reshape(w, [-1, 1])], 1);
    default:
      return conditional;
  }
}
