/** The terms of pocket-tts' self-distillation on a head, as they are and as the learned log-weight counts them. */
import type * as tf from '@tensorflow/tfjs';
import { named } from '../../engine/graph/named.ts';
import type { NamedTensors } from '../../engine/graph/program.ts';
import type { HeadConfig } from '../network/config.ts';
import { headOutput } from '../network/output.ts';
import { detach } from './detach.ts';
import type { TwoTimeNetwork } from './loss-inputs.ts';
import { diagonalLosses, jumpLosses, logWeight, weighed } from './self-distillation.ts';

/** A term a sample [B, K]. */
export interface Term {
  readonly losses: tf.Tensor;
  readonly counted: tf.Tensor;
}

/** A head whose terms are taken. */
export interface WeighedHead {
  /** Its tensors with `c` [B, H]. */
  readonly parameters: NamedTensors;
  readonly config: HeadConfig;
  /** Where the tensors of the learned log-weight are; without it terms count as they are. */
  readonly weighting?: NamedTensors;
}

/** Data [B, 1 or K, D], noise [B, K, D] and times [B] by name. */
const ends = (batch: NamedTensors) => ({ target: named(batch, 'target'), noise: named(batch, 'noise') });

const under =
  (parameters: NamedTensors, config: HeadConfig): TwoTimeNetwork =>
  (x, s, t) =>
    headOutput(parameters, config, x, { s, t }, named(parameters, 'c'));

const counted = ({ config, weighting }: WeighedHead, losses: tf.Tensor, s: tf.Tensor, t: tf.Tensor): tf.Tensor =>
  weighting === undefined ? losses : weighed(losses, logWeight(weighting, s, t), config.token);

/** The velocity's error at the batch's `t_diag`. */
export function diagonalTerm(head: WeighedHead, batch: NamedTensors): Term {
  const time = named(batch, 't_diag');
  const losses = diagonalLosses(under(head.parameters, head.config), ends(batch), time);
  return { losses, counted: counted(head, losses, time, time) };
}

/** The jump's error between the batch's `s` and `t`; the network that it is compared with has no gradient of its own. */
export function jumpTerm(head: WeighedHead, batch: NamedTensors, detached: boolean): Term {
  const { parameters, config } = head;
  const still = Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [name, detach(tensor)]));
  const [s, t] = [named(batch, 's'), named(batch, 't')];
  const losses = jumpLosses(under(parameters, config), under(still, config), ends(batch), { s, t, detached });
  return { losses, counted: counted(head, losses, s, t) };
}
