/**
 * A student: a head of the teacher's architecture that predicts the mean velocity u(x, s, t) between two times. Its
 * added inputs (t − s, guidance scales, the hidden states without prompt or image) start at zero weight, so at s = t
 * and w = 1 a student made from a teacher is that teacher's conditional velocity. A head that takes two times and is
 * guided before its input needs no added tensors at all: it is its own student.
 *
 * A student of the original signature (`signature: 'original'`) has no added inputs either: it can stand where the head
 * stood. Of two times a one-time head then hears s alone, and guidance at one scale is all in its weights.
 */
import * as tf from '@tensorflow/tfjs';
import type { NamedTensors } from '../../engine/graph/program.ts';
import { type HostTensor, type Parameters, sizeOf } from '../../ground/host-tensor.ts';
import {
  type ContextKey,
  contextParts,
  guidedAtEntrance,
  hearingOf,
  partsOf,
  wholeContext,
} from '../../heads/context.ts';
import { reading } from '../../heads/diffusion.ts';
import { type Context, drift, type Jump } from '../../heads/flow.ts';
import { type HeadConfig, headShapes } from '../../heads/network/config.ts';
import { timeFrequencies } from '../../heads/network/frequencies.ts';
import { initialHead, initialParameters, zeros } from '../../heads/network/initial.ts';
import { linear } from '../../heads/network/layers.ts';
import { architecture, takesTwoTimes } from '../../heads/network/output.ts';
import { scalarEmbedding } from '../../heads/network/time-embedding.ts';
import { enteringState } from '../../heads/velocity.ts';

/** A part of a context that may enter by tensors of its own. */
type AddedKey = Exclude<ContextKey, 'conditional'>;

/** Names of the tensors that a student has beside the head's own; the paired output layers start at zero. */
const addedNames: Readonly<Record<AddedKey | 'duration', string>> = {
  duration: 'duration_embed',
  w: 'guidance_embed',
  unconditional: 'uncond_embed',
  wImage: 'image_guidance_embed',
  imageOnly: 'image_only_embed',
};

/** The mean velocity from s [B] to t [B] at x [B, K, D]; [B, K, D]. At s = t it is the velocity. */
export type MeanVelocity = (x: tf.Tensor, s: tf.Tensor, t: tf.Tensor) => tf.Tensor;

/** All tensors of a student, with their shapes. */
export const studentShapes = (config: HeadConfig): Record<string, number[]> => ({
  ...headShapes(config),
  ...addedShapes(config),
});

/** The config of a student of a head: it predicts the token alone, no variances. */
export function studentConfigOf({ output: _, ...config }: HeadConfig): HeadConfig {
  return config;
}

/** A student that starts as the teacher's head, whose config this is; its own is `studentConfigOf` it. */
export function studentFromTeacher(head: Parameters, config: HeadConfig, seed: number): Parameters {
  const shapes = headShapes(studentConfigOf(config));
  const own = Object.entries(shapes).map(([name, shape]) => [name, firstRows(head[name] ?? zeros([0]), shape)]);
  return { ...Object.fromEntries(own), ...addedParameters(studentConfigOf(config), seed) };
}

/** A student that starts from nothing, for teachers that are no network. */
export const studentFromScratch = (config: HeadConfig, seed: number): Parameters => ({
  ...initialHead(config, seed),
  ...addedParameters(config, seed),
});

/** The student's mean velocity under a context. */
export function meanVelocity(parameters: NamedTensors, config: HeadConfig, context: Context): MeanVelocity {
  const { embed, modulate, apply } = architecture(config);
  const condition = enteringState(config.guidance, context);
  const heard = heardBeside(parameters, config, context);
  return (x, s, t) => {
    const read = reading(config, x, s);
    const times = takesTwoTimes(config) ? { s, t } : { t: read.t };
    const duration = hearsDuration(config) ? [durationEmbedding(parameters, tf.sub(t, s))] : [];
    const y = tf.addN([embed(parameters, config, times, condition), ...duration, ...heard]);
    return read.velocity(apply(parameters, read.x, modulate(parameters, config, y), config));
  };
}

/** X_{s,t}(x) = x + (t − s)·u(x, s, t). */
export const jumpOf =
  (u: MeanVelocity): Jump =>
  (x, s, t) =>
    drift(x, u(x, s, t), tf.sub(t, s));

const durationEmbedding = (parameters: NamedTensors, duration: tf.Tensor): tf.Tensor =>
  scalarEmbedding(parameters, addedNames.duration, tf.mul(duration, durationScale));

const hearsDuration = (config: HeadConfig): boolean => config.signature !== 'original' && !takesTwoTimes(config);

/**
 * The hidden states that enter by tensors of their own, each with its scale: none where guidance combines them before,
 * is what the head takes, or is in the weights.
 */
const addedStates = (config: HeadConfig): readonly { readonly state: AddedKey; readonly scale: AddedKey }[] =>
  guidedAtEntrance(config)
    ? []
    : partsOf(hearingOf(config)).flatMap((state) => {
        const { scale } = contextParts[state];
        return state === 'conditional' || scale === undefined ? [] : [{ state, scale }];
      });

/** What is added to the context's embedding for what the student hears beside the hidden state. */
function heardBeside(parameters: NamedTensors, config: HeadConfig, context: Context): tf.Tensor[] {
  const whole = wholeContext(context);
  const scaled = (key: AddedKey): tf.Tensor =>
    scalarEmbedding(parameters, addedNames[key], tf.mul(tf.sub(whole[key], 1), guidanceScale));
  return addedStates(config).map(({ state, scale }) =>
    tf.add(linear(parameters, addedNames[state], whole[state]), scaled(scale)),
  );
}

/** Durations are stretched to 32, whatever the head's own units: steps of 1/64 differ by half a radian. */
const durationScale = 32;

/** Guidance scales are a few units wide; the embedding's wavelengths start at 2π. */
const guidanceScale = 10;

function addedShapes(config: HeadConfig): Record<string, number[]> {
  const { width, condition } = config;
  const hidden = (name: string) => ({ [`${name}.weight`]: [width, condition], [`${name}.bias`]: [width] });
  return {
    ...(hearsDuration(config) && embeddingShapes(addedNames.duration, width)),
    ...Object.assign(
      {},
      ...addedStates(config).map(({ state, scale }) => ({
        ...embeddingShapes(addedNames[scale], width),
        ...hidden(addedNames[state]),
      })),
    ),
  };
}

const embeddingShapes = (name: string, width: number): Record<string, number[]> => ({
  [`${name}.mlp.0.weight`]: [width, 2 * timeFrequencies],
  [`${name}.mlp.0.bias`]: [width],
  [`${name}.mlp.2.weight`]: [width, width],
  [`${name}.mlp.2.bias`]: [width],
});

function addedParameters(config: HeadConfig, seed: number): Parameters {
  const fresh = initialParameters(addedShapes(config), seed);
  const inputs: readonly string[] = [addedNames.unconditional, addedNames.imageOnly];
  const silent = (name: string): boolean =>
    name.includes('.mlp.2.') || inputs.some((input) => name.startsWith(`${input}.`));
  return Object.fromEntries(
    Object.entries(fresh).map(([name, tensor]) => [name, silent(name) ? zeros(tensor.shape) : tensor]),
  );
}

/** The first rows of a tensor, as many as a shape has. */
const firstRows = ({ data }: HostTensor<Float32Array>, shape: readonly number[]): HostTensor<Float32Array> => ({
  shape,
  data: data.subarray(0, sizeOf(shape)),
});
