/** A student's programs, each written once: evaluation measures, `export` ships and `apply` runs the same functions; weights are constants. */
import * as tf from '@tensorflow/tfjs';
import { named } from '../../engine/graph/named.ts';
import type { NamedTensors, TensorSpec, TypedFunction } from '../../engine/graph/program.ts';
import { contextOf, contextSpecs } from '../../heads/context.ts';
import type { HeadConfig } from '../../heads/network/config.ts';
import type { Student } from './file.ts';
import { type MeanVelocity, meanVelocity } from './network.ts';
import { noiseScalesOf } from './noise-scales.ts';
import { sample } from './sampler/sample.ts';
import { samplers } from './sampler/table.ts';
import { stepTimes } from './times.ts';

/** What decides a student's programs, beside its weights. */
type Stepping = Pick<Student, 'config' | 'sampler' | 'times' | 'noiseScales'>;

/**
 * One move of a student's sampler: `x` [batch, D] from time `s` [batch] to time `t` [batch], given the hidden states
 * `hidden` and `hidden_unconditional` [batch, H] and the guidance scale `guidance` [batch]; three-way guided students
 * also take `hidden_image_only` and `guidance_image`, those with guidance in their weights only `hidden`. Output
 * `x_next` [batch, D]. Samplers that need new noise read it from `fresh_noise` [batch, D]. With `draws`, there are K of
 * them a context: states are [batch, K, D].
 */
export function jumpProgram({ config, sampler }: Stepping, draws?: number): TypedFunction {
  const { move, renoises } = samplers[sampler];
  const { specs, read, write } = movedState(config, draws);
  return {
    specs: { ...specs, ...(renoises && { fresh_noise: state(config, draws) }) },
    outputs: ['x_next'],
    fn: (inputs) => {
      const step = move(networkOf(inputs, config));
      const [x, s, t] = [read(inputs, 'x'), named(inputs, 's'), named(inputs, 't')];
      return { x_next: write(step(x, s, t, renoises ? read(inputs, 'fresh_noise') : x)) };
    },
  };
}

/** The mean velocity of the same inputs: output `u`, of the shape of `x`. */
export function slopeProgram({ config }: Stepping, draws?: number): TypedFunction {
  const { specs, read, write } = movedState(config, draws);
  return {
    specs,
    outputs: ['u'],
    fn: (inputs) => ({
      u: write(networkOf(inputs, config)(read(inputs, 'x'), named(inputs, 's'), named(inputs, 't'))),
    }),
  };
}

/**
 * `steps` moves from noise to data, at the student's own times or in equal steps, unrolled: `noise` [batch, D], standard normal (the
 * student's factors on it are in the program), and the same context; output `sample` [batch, D].
 * Samplers that need new noise between moves read it from `fresh_noise` [batch, steps − 1, D]. With `draws`, noises and
 * samples have K of them before D.
 */
export function samplerProgram(student: Stepping, steps: number, draws?: number): TypedFunction {
  const { config, sampler } = student;
  const times = stepTimes(student, steps);
  const fresh = samplers[sampler].renoises && steps > 1;
  const { read, write } = drawsOf(draws);
  return {
    specs: {
      noise: state(config, draws),
      ...contextSpecs(config, 'batch', 'input'),
      ...(fresh && { fresh_noise: state(config, draws, steps - 1) }),
    },
    outputs: ['sample'],
    fn: (inputs) => {
      const added = fresh ? read(inputs, 'fresh_noise', 2) : undefined;
      const course = { times, fresh: added, scales: noiseScalesOf(student, steps) };
      return { sample: write(sample(sampler, networkOf(inputs, config), read(inputs, 'noise'), course)) };
    },
  };
}

const scalar: TensorSpec = { shape: ['batch'] };

/** A state of each draw; several of them where `count` is given. */
const state = ({ token }: HeadConfig, draws: number | undefined, ...count: number[]): TensorSpec => ({
  shape: ['batch', ...count, ...(draws === undefined ? [] : [draws]), token],
});

/** A state at two times under a context, and how it is read and given back. */
const movedState = (config: HeadConfig, draws: number | undefined) => ({
  specs: { x: state(config, draws), s: scalar, t: scalar, ...contextSpecs(config, 'batch', 'input') },
  ...drawsOf(draws),
});

/** Networks take K draws a context; a program without has one, whose dimension it does not show. */
const drawsOf = (draws: number | undefined) => ({
  read: (inputs: NamedTensors, name: string, axis = 1): tf.Tensor =>
    draws === undefined ? tf.expandDims(named(inputs, name), axis) : named(inputs, name),
  write: (x: tf.Tensor): tf.Tensor => (draws === undefined ? tf.squeeze(x, [1]) : x),
});

const networkOf = (inputs: NamedTensors, config: HeadConfig): MeanVelocity =>
  meanVelocity(inputs, config, contextOf(config, inputs, 'input'));
