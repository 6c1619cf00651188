import * as tf from '@tensorflow/tfjs';
import { compile } from '../../../engine/compile.ts';
import { valueAndGradients } from '../../../engine/graph/gradient.ts';
import { named } from '../../../engine/graph/named.ts';
import type { Engine, NamedTensors } from '../../../engine/graph/program.ts';
import { UsageError } from '../../../ground/errors.ts';
import type { HostTensor, Parameters } from '../../../ground/host-tensor.ts';
import type { Loss } from '../../../heads/loss/loss.ts';
import { architecture } from '../../../heads/network/output.ts';
import type { AppliedHead, Outputs } from '../applied-head.ts';
import type { Inputs } from '../inputs.ts';
import { isGiven, readLossInputs } from './batch.ts';

/**
 * The family's training loss on given tensors by the goldens' names: `loss.…` (and `metric.…`) and the gradient of its
 * mean `grad.…` for every weight, by its full name, and for `c`; of MAR also `grad_mse.…`; of pocket-tts each behind
 * the variant's name.
 */
export async function applyLoss(
  head: AppliedHead,
  inputs: Inputs,
  { variant }: { readonly variant?: string },
  engine: Engine,
): Promise<Outputs> {
  const outputs: Record<string, HostTensor> = {};
  for (const loss of lossesOf(head, inputs, variant))
    Object.assign(outputs, await evaluated(loss, head, inputs, engine));
  return outputs;
}

/** The family's losses: those of the variant, else those whose inputs are there; the first where none are. */
function lossesOf({ system, losses: all }: AppliedHead, inputs: Inputs, wanted?: string): readonly Loss[] {
  if (all.length === 0) throw new UsageError(`--output loss: no training loss is known of ${system} heads`);
  if (wanted !== undefined) {
    const found = all.filter(({ variant }) => variant === wanted);
    if (found.length === 0) throw new UsageError(`--variant ${wanted}: ${expectedVariant(system, all)}`);
    return found;
  }
  const given = all.filter((loss) => loss.variant === undefined || isGiven(loss, inputs));
  return given.length > 0 ? given : all.slice(0, 1);
}

function expectedVariant(system: string, losses: readonly Loss[]): string {
  const names = losses.flatMap(({ variant }) => variant ?? []);
  return names.length === 0 ? `expected none, ${system} has one loss` : `expected one of ${names.join(', ')}`;
}

/** One loss's outputs by their full names. */
async function evaluated(loss: Loss, head: AppliedHead, inputs: Inputs, engine: Engine): Promise<Outputs> {
  const { parameters: told, batch } = readLossInputs(loss, head.config, inputs);
  const parameters: Parameters = { ...weightsOf(head), ...told };
  const feeds = { ...parameters, ...batch };
  const specs = Object.fromEntries(Object.entries(feeds).map(([name, { shape }]) => [name, { shape }]));
  const group = loss.variant === undefined ? '' : `${loss.variant}.`;
  const gradientName = (name: string): string =>
    `${group}${loss.gradient}.${Object.hasOwn(told, name) ? '' : head.prefix}${name}`;
  const program = await compile(
    (all) => {
      const pick = (names: object): NamedTensors =>
        Object.fromEntries(Object.keys(names).map((name) => [name, named(all, name)]));
      const valuesOf = (own: NamedTensors) => loss.values(own, head.config, pick(batch));
      const { values, gradients } = valueAndGradients(valuesOf, pick(parameters));
      const { loss: _, ...outputs } = values;
      return {
        ...renamed(outputs, (name) => group + name, flat),
        ...renamed(gradients, gradientName, (gradient) => gradient),
      };
    },
    specs,
    { engine },
  );
  return program.run(feeds).finally(() => program.dispose());
}

/** A head's weights, without the frequencies that some store: those are not trained. */
const weightsOf = ({ parameters, config }: AppliedHead): Parameters => {
  const { stored = [] } = architecture(config).template;
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => !stored.includes(name)));
};

/** A scalar as [1] and losses of one draw [B, 1] as [B], as the goldens hold them; tokens as they are. */
const flat = (tensor: tf.Tensor): tf.Tensor => (tensor.rank < 3 ? tf.reshape(tensor, [-1]) : tensor);

const renamed = (
  tensors: NamedTensors,
  rename: (name: string) => string,
  shape: (tensor: tf.Tensor) => tf.Tensor,
): NamedTensors => Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [rename(name), shape(tensor)]));
