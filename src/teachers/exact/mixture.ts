import { resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { named } from '../../engine/graph/named.ts';
import type { NamedTensors } from '../../engine/graph/program.ts';
import { DataError } from '../../ground/errors.ts';
import { openSafetensors } from '../../ground/file/safetensors.ts';
import { sha256File } from '../../ground/file/sha256.ts';
import type { HostTensor, Parameters } from '../../ground/host-tensor.ts';
import { type Context, guide, perContext, type Velocity } from '../../heads/flow.ts';
import type { Teacher } from '../teacher.ts';
import { randomContexts } from './random-contexts.ts';

/** M components, H condition and D token dimensions. */
interface MixtureSizes {
  readonly components: number;
  readonly condition: number;
  readonly token: number;
}

/**
 * An exact conditional mixture of Gaussians from a safetensors file: means tanh(h·mean_weight) + mean_bias, logits
 * h·logit_weightᵀ, one common std; without the prompt equal weights around uncond_mean with uncond_std.
 */
export async function mixtureTeacher(path: string): Promise<Teacher> {
  const file = await openSafetensors(resolve(path));
  const parameters = await file.readAll().finally(() => file.close());
  const sizes = checkedSizes(path, parameters);
  return {
    name: 'mixture',
    hash: await sha256File(resolve(path)),
    token: sizes.token,
    condition: sizes.condition,
    parameters: parameters as Parameters,
    velocity: (tensors, context) => mixtureVelocity(tensors, sizes, context),
    contexts: async (request) => randomContexts(request, sizes.condition),
    dispose: async () => {},
  };
}

function checkedSizes(path: string, tensors: Readonly<Record<string, HostTensor>>): MixtureSizes {
  const [components = 0, condition = 0, token = 0] = tensors.mean_weight?.shape ?? [];
  const expected: Record<string, number[]> = {
    mean_weight: [components, condition, token],
    mean_bias: [components, token],
    logit_weight: [components, condition],
    std: [1],
    uncond_mean: [components, token],
    uncond_std: [1],
  };
  for (const [name, shape] of Object.entries(expected)) {
    const tensor = tensors[name];
    if (!(tensor?.data instanceof Float32Array) || tensor.shape.join() !== shape.join() || tensor.data.length === 0)
      throw new DataError(
        `${path}: tensor ${name}: expected float32 [${shape}], got ${tensor ? `[${tensor.shape}]` : 'none'}`,
      );
  }
  return { components, condition, token };
}

function mixtureVelocity(parameters: NamedTensors, sizes: MixtureSizes, context: Context): Velocity {
  const { components, condition, token } = sizes;
  const get = (name: string): tf.Tensor => named(parameters, name);
  const h = context.conditional as tf.Tensor2D;
  const flat = tf.reshape(tf.transpose(get('mean_weight'), [1, 0, 2]), [condition, components * token]) as tf.Tensor2D;
  const means = tf.add(tf.tanh(tf.reshape(tf.matMul(h, flat), [-1, components, token])), get('mean_bias')); // [B, M, D]
  const logWeights = tf.logSoftmax(tf.matMul(h, get('logit_weight') as tf.Tensor2D, false, true)); // [B, M]
  const elsewhere = tf.add(tf.zerosLike(means), get('uncond_mean'));
  const equal = tf.zerosLike(logWeights);
  return (x, t) =>
    guide(
      towardsMixture(x, t, means, logWeights, get('std')),
      towardsMixture(x, t, elsewhere, equal, get('uncond_std')),
      context.w,
    );
}

/** The posterior-weighted mean of the velocities towards the components N(mean_m, std²·I). */
function towardsMixture(
  x: tf.Tensor,
  t: tf.Tensor,
  means: tf.Tensor,
  logWeights: tf.Tensor,
  std: tf.Tensor,
): tf.Tensor {
  const rest = tf.sub(1, t);
  const spread = tf.mul(t, tf.square(std)); // t·s²
  const variance = tf.add(tf.square(rest), tf.mul(t, spread)); // σ_t²
  const cross = tf.matMul(x as tf.Tensor3D, means as tf.Tensor3D, false, true); // [B, K, M]
  const sizes = tf.expandDims(tf.sum(tf.square(means), -1), 1); // [B, 1, M]
  const time = perContext(t);
  // log N(x; t·mean, σ_t²) up to what is common to all components
  const fit = tf.div(tf.mul(time, tf.sub(cross, tf.mul(tf.mul(time, 0.5), sizes))), perContext(variance));
  const posterior = tf.softmax(tf.add(fit, tf.expandDims(logWeights, 1)));
  const mean = tf.matMul(posterior as tf.Tensor3D, means as tf.Tensor3D); // [B, K, D]
  const slope = tf.div(tf.sub(spread, rest), variance);
  return tf.add(mean, tf.mul(perContext(slope), tf.sub(x, tf.mul(time, mean))));
}
