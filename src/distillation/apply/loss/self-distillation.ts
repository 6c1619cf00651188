import * as tf from '@tensorflow/tfjs';
import { named } from '../../../engine/graph/named.ts';
import type { NamedTensors } from '../../../engine/graph/program.ts';
import { detach } from '../../../heads/loss/detach.ts';
import type { TwoTimeNetwork } from '../../../heads/loss/loss-inputs.ts';
import { maskedMean } from '../../../heads/loss/masked-mean.ts';
import {
  diagonalLosses,
  diagonalShare,
  jumpLosses,
  logWeight,
  weighed,
} from '../../../heads/loss/self-distillation.ts';
import { headOutput } from '../../../heads/network/architecture.ts';
import type { HeadConfig } from '../../../heads/network/config.ts';
import type { LossObjective, VariantName } from './objective.ts';

/** What a variant counts. */
interface Variant {
  /** What the jump term counts; 0 leaves it out. */
  readonly jump: number;
  readonly detached: boolean;
  readonly weighing: boolean;
}

/** In training one step in four has the jump, which then counts four times its share: 1. */
const variants: Readonly<Record<VariantName, Variant>> = {
  lsd_minimal: { jump: 1, detached: false, weighing: true },
  lsd_classic: { jump: 1, detached: true, weighing: true },
  lsd_skip: { jump: 0, detached: false, weighing: true },
  lsd_eval_plain: { jump: 1 - diagonalShare, detached: false, weighing: false },
};

/** What the names of the learned log-weight's tensors start with among a loss's parameters. */
export const weightingPrefix = 'weighting.';

/**
 * pocket-tts' self-distillation by variant: `loss.per_sample` [B], `loss.mean`, `loss.masked`, and unweighed the means
 * of its terms, `metric.flow_diag` and `metric.flow_distill`.
 */
export const selfDistillation: readonly LossObjective[] = Object.entries(variants).map(([name, variant]) => ({
  variant: name as VariantName,
  gradient: 'grad',
  times: { t_diag: 'unit', ...(variant.jump > 0 && { s: 'unit', t: 'unit' }) },
  ...(variant.weighing && { weighing: true }),
  values: (parameters, config, batch) => valuesOf(variant, parameters, config, batch),
}));

function valuesOf(
  { jump, detached, weighing }: Variant,
  parameters: NamedTensors,
  config: HeadConfig,
  batch: NamedTensors,
) {
  const under =
    (own: NamedTensors): TwoTimeNetwork =>
    (x, s, t) =>
      headOutput(own, config, x, { s, t }, named(own, 'c'));
  const ends = { target: named(batch, 'target'), noise: named(batch, 'noise') };
  const counted = (losses: tf.Tensor, s: tf.Tensor, t: tf.Tensor): tf.Tensor =>
    weighing ? weighed(losses, logWeight(weightingOf(parameters), s, t), config.token) : losses;

  const time = named(batch, 't_diag');
  const diagonal = diagonalLosses(under(parameters), ends, time);
  const share = tf.mul(counted(diagonal, time, time), diagonalShare);
  if (jump === 0) return told(share, { flow_diag: diagonal }, batch.mask);

  const still = Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [name, detach(tensor)]));
  const [s, t] = [named(batch, 's'), named(batch, 't')];
  const leap = jumpLosses(under(parameters), under(still), ends, { s, t, detached });
  const each = tf.add(share, tf.mul(counted(leap, s, t), jump));
  return told(each, { flow_diag: diagonal, flow_distill: leap }, batch.mask);
}

/** The tensors of the log-weight by the names that it has them under. */
const weightingOf = (parameters: NamedTensors): NamedTensors =>
  Object.fromEntries(
    Object.entries(parameters).flatMap(([name, tensor]) =>
      name.startsWith(weightingPrefix) ? [[name.slice(weightingPrefix.length), tensor]] : [],
    ),
  );

/** A loss [B, 1] and its unweighed terms [B, 1] as outputs; a mask [B] counts as in the other families. */
function told(each: tf.Tensor, terms: NamedTensors, mask: tf.Tensor | undefined) {
  const mean = tf.mean(each);
  const metrics = Object.entries(terms).map(([name, losses]) => [`metric.${name}`, tf.mean(losses)] as const);
  return {
    loss: mean,
    'loss.mean': mean,
    'loss.per_sample': tf.squeeze(each, [1]),
    ...Object.fromEntries(metrics),
    ...(mask && { 'loss.masked': maskedMean(each, mask) }),
  };
}
