import * as tf from '@tensorflow/tfjs';
import { named } from '../../engine/graph/named.ts';
import type { NamedTensors } from '../../engine/graph/program.ts';
import type { HeadConfig } from '../network/config.ts';
import type { Loss, LossValues } from './loss.ts';
import { maskedMean } from './masked-mean.ts';
import { diagonalShare, logWeightShapes } from './self-distillation.ts';
import { diagonalTerm, jumpTerm } from './weighed-terms.ts';

/** What a variant counts. */
interface Variant {
  /** What the jump term counts; 0 leaves it out. */
  readonly jump: number;
  readonly detached: boolean;
  readonly weighing: boolean;
}

/**
 * pocket-tts' losses: as it trains, fully detached, of a step without the jump, and without the learned weights. In
 * training one step in four has the jump, which then counts four times its share: 1.
 */
const variants = {
  lsd_minimal: { jump: 1, detached: false, weighing: true },
  lsd_classic: { jump: 1, detached: true, weighing: true },
  lsd_skip: { jump: 0, detached: false, weighing: true },
  lsd_eval_plain: { jump: 1 - diagonalShare, detached: false, weighing: false },
} as const satisfies Readonly<Record<string, Variant>>;

/** What the names of the log-weight's tensors start with among the parameters. */
const prefix = 'weighting.';

const weightingOf = (parameters: NamedTensors): NamedTensors =>
  Object.fromEntries(Object.keys(logWeightShapes).map((name) => [name, named(parameters, prefix + name)]));

const weightingShapes = Object.fromEntries(
  Object.entries(logWeightShapes).map(([name, shape]) => [prefix + name, shape]),
);

/**
 * pocket-tts' self-distillation by variant: `loss.per_sample` [B, K], `loss.mean`, `loss.masked`, and unweighed the
 * means of its terms, `metric.flow_diag` and `metric.flow_distill`.
 */
export const selfDistillation: readonly Loss[] = Object.entries(variants).map(([name, variant]) => ({
  variant: name,
  gradient: 'grad',
  times: { t_diag: 'unit', ...(variant.jump > 0 && { s: 'unit', t: 'unit' }) },
  ...(variant.weighing && { along: weightingShapes }),
  values: (parameters, config, batch) => valuesOf(variant, parameters, config, batch),
}));

function valuesOf(
  { jump, detached, weighing }: Variant,
  parameters: NamedTensors,
  config: HeadConfig,
  batch: NamedTensors,
): LossValues {
  const head = { parameters, config, ...(weighing && { weighting: weightingOf(parameters) }) };
  const diagonal = diagonalTerm(head, batch);
  const share = tf.mul(diagonal.counted, diagonalShare);
  if (jump === 0) return outputs(share, { flow_diag: diagonal.losses }, batch.mask);
  const leap = jumpTerm(head, batch, detached);
  const each = tf.add(share, tf.mul(leap.counted, jump));
  return outputs(each, { flow_diag: diagonal.losses, flow_distill: leap.losses }, batch.mask);
}

/** A loss [B, K] and its unweighed terms [B, K] as outputs; a mask [B] counts as in the other families. */
function outputs(each: tf.Tensor, terms: NamedTensors, mask: tf.Tensor | undefined): LossValues {
  const mean = tf.mean(each);
  const metrics = Object.entries(terms).map(([name, losses]) => [`metric.${name}`, tf.mean(losses)] as const);
  return {
    loss: mean,
    'loss.mean': mean,
    'loss.per_sample': each,
    ...Object.fromEntries(metrics),
    ...(mask && { 'loss.masked': maskedMean(each, mask) }),
  };
}
