import * as tf from '@tensorflow/tfjs';
import { compile } from '../../../engine/compile.ts';
import { valueAndGradients } from '../../../engine/graph/gradient.ts';
import { named } from '../../../engine/graph/named.ts';
import type { Engine, NamedTensors } from '../../../engine/graph/program.ts';
import { UsageError } from '../../../ground/errors.ts';
import type { HostTensor, Parameters } from '../../../ground/host-tensor.ts';
import { frequencyNames } from '../../../heads/network/frequencies.ts';
import type { AppliedHead, Outputs } from '../applied-head.ts';
import type { Inputs } from '../inputs.ts';
import { isGiven, readLossInputs } from './batch.ts';
import type { LossObjective, VariantName } from './objective.ts';
import { lossObjectives } from './table.ts';

/**
 * The family's training loss on given tensors by the goldens' names: `loss.…` (and `metric.…`) and the gradient of its
 * mean `grad.…` for every weight, by its full name, and for `c`; of MAR also `grad_mse.…`; of pocket-tts each behind
 * the variant's name.
 */
export async function applyLoss(
  head: AppliedHead,
  inputs: Inputs,
  { variant }: { readonly variant?: VariantName },
  engine: Engine,
): Promise<Outputs> {
  const outputs: Record<string, HostTensor> = {};
  for (const objective of objectivesOf(head, inputs, variant))
    Object.assign(outputs, await evaluated(objective, head, inputs, engine));
  return outputs;
}

/** The family's objectives: those of the variant, else those whose inputs are there; the first where none are. */
function objectivesOf({ family }: AppliedHead, inputs: Inputs, wanted?: VariantName): readonly LossObjective[] {
  const all = lossObjectives[family];
  if (wanted !== undefined) {
    const found = all.filter(({ variant }) => variant === wanted);
    if (found.length === 0) throw new UsageError(`--variant ${wanted}: expected none, ${family} has one loss`);
    return found;
  }
  const given = all.filter((objective) => objective.variant === undefined || isGiven(objective, inputs));
  return given.length > 0 ? given : all.slice(0, 1);
}

/** One objective's outputs by their full names. */
async function evaluated(
  objective: LossObjective,
  head: AppliedHead,
  inputs: Inputs,
  engine: Engine,
): Promise<Outputs> {
  const { parameters: told, batch } = readLossInputs(objective, head.config, inputs);
  const parameters: Parameters = { ...weightsOf(head), ...told };
  const feeds = { ...parameters, ...batch };
  const specs = Object.fromEntries(Object.entries(feeds).map(([name, { shape }]) => [name, { shape }]));
  const group = objective.variant === undefined ? '' : `${objective.variant}.`;
  const gradientName = (name: string): string =>
    `${group}${objective.gradient}.${Object.hasOwn(told, name) ? '' : head.prefix}${name}`;
  const program = await compile(
    (all) => {
      const pick = (names: object): NamedTensors =>
        Object.fromEntries(Object.keys(names).map((name) => [name, named(all, name)]));
      const loss = (own: NamedTensors) => objective.values(own, head.config, pick(batch));
      const { values, gradients } = valueAndGradients(loss, pick(parameters));
      const { loss: _, ...outputs } = values;
      return {
        ...renamed(outputs, (name) => group + name, oneOrMore),
        ...renamed(gradients, gradientName, (gradient) => gradient),
      };
    },
    specs,
    { engine },
  );
  return program.run(feeds).finally(() => program.dispose());
}

/** A head's weights, without the frequencies that some store: those are not trained. */
const weightsOf = ({ parameters }: AppliedHead): Parameters => {
  const stored: readonly string[] = frequencyNames;
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => !stored.includes(name)));
};

/** A scalar as [1], as the goldens hold it. */
const oneOrMore = (tensor: tf.Tensor): tf.Tensor => (tensor.rank === 0 ? tf.reshape(tensor, [1]) : tensor);

const renamed = (
  tensors: NamedTensors,
  rename: (name: string) => string,
  shape: (tensor: tf.Tensor) => tf.Tensor,
): NamedTensors => Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [rename(name), shape(tensor)]));
