import * as tf from '@tensorflow/tfjs';
import { traceToOnnx } from '../../engine/compile.ts';
import { named } from '../../engine/graph/named.ts';
import type { NamedTensors, TensorFunction, TensorSpec } from '../../engine/graph/program.ts';
import type { ExternalData } from '../../engine/onnx/external-data.ts';
import type { HeadConfig } from '../../heads/network/config.ts';
import type { Student } from '../student/file.ts';
import { type MeanVelocity, meanVelocity } from '../student/network.ts';
import { renoises, sample, samplers } from '../student/sampler.ts';
import { type Told, toldOf } from '../student/told.ts';

/** A function with its input types, ready to be compiled, traced or run eagerly. */
export interface StudentProgram {
  readonly fn: TensorFunction;
  readonly specs: Readonly<Record<string, TensorSpec>>;
}

/**
 * One move of a student's sampler: `x` [batch, D] from time `s` [batch] to time `t` [batch], given the hidden states
 * `hidden` and `hidden_unconditional` [batch, H] and the guidance scale `guidance` [batch]; three-way guided students
 * also take `hidden_image_only` and `guidance_image`, those with guidance in their weights only `hidden`. Output
 * `x_next` [batch, D]. Samplers that need new noise read it from `fresh_noise` [batch, D].
 */
export function jumpProgram({ config, sampler }: Student): StudentProgram {
  const state = { shape: ['batch', config.token] } as const;
  const fresh = renoises(sampler);
  return {
    specs: { x: state, s: scalar, t: scalar, ...contextSpecs(config), ...(fresh && { fresh_noise: state }) },
    fn: (inputs) => {
      const move = samplers[sampler](networkOf(inputs, config));
      const draw = (name: string): tf.Tensor => tf.expandDims(named(inputs, name), 1);
      const moved = move(draw('x'), named(inputs, 's'), named(inputs, 't'), draw(fresh ? 'fresh_noise' : 'x'));
      return { x_next: tf.squeeze(moved, [1]) };
    },
  };
}

/**
 * `steps` moves from noise to data, unrolled: `noise` [batch, D] and the same context; output `sample` [batch, D].
 * Samplers that need new noise between moves read it from `fresh_noise` [batch, steps − 1, D].
 */
export function samplerProgram({ config, sampler }: Student, steps: number): StudentProgram {
  const fresh = renoises(sampler) && steps > 1;
  return {
    specs: {
      noise: { shape: ['batch', config.token] },
      ...contextSpecs(config),
      ...(fresh && { fresh_noise: { shape: ['batch', steps - 1, config.token] } }),
    },
    fn: (inputs) => {
      const u = networkOf(inputs, config);
      const added = fresh ? tf.expandDims(named(inputs, 'fresh_noise'), 2) : undefined;
      const data = sample(sampler, u, tf.expandDims(named(inputs, 'noise'), 1), steps, added);
      return { sample: tf.squeeze(data, [1]) };
    },
  };
}

/** The bytes of a program as ONNX (opset 17, IR 8, standard operators only); weights inside unless they lie outside. */
export const onnxOf = ({ fn, specs }: StudentProgram, student: Student, outside?: ExternalData): Uint8Array =>
  traceToOnnx(fn, specs, {
    constants: student.parameters,
    standardOnly: true,
    ...(outside && { placeOf: outside.placeOf }),
  });

const scalar = { shape: ['batch'] } as const;

/** The inputs of a context by what a student is told. */
function contextSpecs(config: HeadConfig): Record<string, TensorSpec> {
  const state: TensorSpec = { shape: ['batch', config.condition] };
  const told: Readonly<Record<Told, Record<string, TensorSpec>>> = {
    alone: {},
    'two-way': { hidden_unconditional: state, guidance: scalar },
    'three-way': { hidden_unconditional: state, guidance: scalar, hidden_image_only: state, guidance_image: scalar },
  };
  return { hidden: state, ...told[toldOf(config)] };
}

function networkOf(inputs: NamedTensors, config: HeadConfig): MeanVelocity {
  const hidden = named(inputs, 'hidden');
  const { hidden_unconditional: unconditional = hidden, hidden_image_only: imageOnly, guidance_image: wImage } = inputs;
  const w = inputs.guidance ?? tf.ones([hidden.shape[0] ?? 1]);
  const image = imageOnly && wImage && { imageOnly, wImage };
  return meanVelocity(inputs, config, { conditional: hidden, unconditional, w, ...image });
}
