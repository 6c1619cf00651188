/** The parts of a context: one table that says what each is called where, who hears it, and what stands for it. */
import * as tf from '@tensorflow/tfjs';
import { named } from '../engine/graph/named.ts';
import type { Dimension, NamedTensors, TensorSpec } from '../engine/graph/program.ts';
import { DataError } from '../ground/errors.ts';
import type { HostTensor } from '../ground/host-tensor.ts';
import type { Context } from './flow.ts';
import type { HeadConfig } from './network/config.ts';

/**
 * What a network hears of a context: its hidden state `alone`, with a guidance scale (`scale`), with the state without the
 * prompt, too (`two-way`), or also with the one of the image alone and that one's scale (`three-way`).
 */
export type Hearing = 'alone' | 'scale' | 'two-way' | 'three-way';

/** A part of a context, as the code names it. */
export type ContextKey = keyof Context;

/** A value for each part of a context; the image's parts are there with three-way guidance alone. */
export type PerPart<Value> = { readonly [Key in keyof Context]: Value };

/** Contexts in ordinary memory with their guidance scales, a row a context. */
export type HostContext = PerPart<HostTensor<Float32Array>>;

/** A part of a context: its shape, its names, and who hears it. */
export interface ContextPart {
  /** A hidden state [B, H], or a scale [B]. */
  readonly kind: 'state' | 'scale';
  /** Its name among the inputs of a student's programs, the exported ones. */
  readonly input: string;
  /** Its name in the files that `apply` reads. */
  readonly applied: string;
  /** Its name in captures, which hold hidden states. */
  readonly captured?: 'conditional' | 'unconditional' | 'image_only';
  readonly heardBy: readonly Hearing[];
  /** Of a hidden state that guidance compares with: the scale of that comparison. */
  readonly scale?: 'w' | 'wImage';
  /** What stands for it where it is not given: another part, or a number. */
  readonly absent?: 'conditional' | 'unconditional' | number;
}

const guided = ['two-way', 'three-way'] as const;

/** The parts in the order in which programs take them. */
export const contextParts: Readonly<Record<ContextKey, ContextPart>> = {
  conditional: {
    kind: 'state',
    ...{ input: 'hidden', applied: 'c', captured: 'conditional' },
    heardBy: ['alone', 'scale', ...guided],
  },
  unconditional: {
    kind: 'state',
    ...{ input: 'hidden_unconditional', applied: 'c_uncond', captured: 'unconditional' },
    ...{ heardBy: guided, scale: 'w', absent: 'conditional' },
  },
  w: { kind: 'scale', input: 'guidance', applied: 'w', heardBy: ['scale', ...guided], absent: 1 },
  imageOnly: {
    kind: 'state',
    ...{ input: 'hidden_image_only', applied: 'c_image', captured: 'image_only' },
    ...{ heardBy: ['three-way'], scale: 'wImage', absent: 'unconditional' },
  },
  wImage: { kind: 'scale', input: 'guidance_image', applied: 'w_image', heardBy: ['three-way'], absent: 1 },
};

/** Their keys in the same order. */
export const contextKeys = Object.keys(contextParts) as readonly ContextKey[];

/** What decides what a network hears: guidance of a teacher's head, and the signature of a student. */
export type Hearer = { readonly [Key in 'signature' | 'guidance']?: HeadConfig[Key] | undefined };

/** Whether guidance is had where hidden states enter: by combining them, or because the head takes the scale itself. */
export const guidedAtEntrance = ({ guidance }: Hearer): boolean =>
  guidance === 'condition' || guidance === 'inside' || guidance === 'scale';

/**
 * What a head of a config hears. A student of the original signature has guidance in its weights, unless guidance
 * combines hidden states before the head or is what the head itself takes.
 */
export function hearingOf({ signature, guidance = 'output' }: Hearer): Hearing {
  if (guidance === 'scale') return 'scale';
  if (guidedAtEntrance({ guidance })) return 'two-way';
  if (signature === 'original') return 'alone';
  return guidance === 'three-way' ? 'three-way' : 'two-way';
}

/** The parts that are heard. */
export const partsOf = (hearing: Hearing): readonly ContextKey[] =>
  contextKeys.filter((key) => contextParts[key].heardBy.includes(hearing));

/** How a program names the parts: by the code's keys, or as inputs of exported programs. */
export type Naming = 'key' | 'input';

const nameOf = (key: ContextKey, naming: Naming): string => (naming === 'key' ? key : contextParts[key].input);

/** The inputs of a program that takes the contexts of a head. */
export const contextSpecs = (
  head: Hearer & Pick<HeadConfig, 'condition'>,
  rows: Dimension,
  naming: Naming = 'key',
): Record<string, TensorSpec> =>
  Object.fromEntries(
    partsOf(hearingOf(head)).map((key) => [
      nameOf(key, naming),
      { shape: contextParts[key].kind === 'state' ? [rows, head.condition] : [rows] },
    ]),
  );

/** The context among the inputs of such a program, with what stands for the parts that the head does not hear. */
export function contextOf(head: Hearer, inputs: NamedTensors, naming: Naming = 'key'): Required<Context> {
  const heard = partsOf(hearingOf(head)).map((key) => [key, named(inputs, nameOf(key, naming))] as const);
  return wholeContext({ conditional: named(inputs, nameOf('conditional', naming)), ...Object.fromEntries(heard) });
}

/** A context with what stands for the parts that are not given. */
export function wholeContext(given: Pick<Context, 'conditional'> & Partial<Context>): Required<Context> {
  const part = (key: ContextKey): tf.Tensor => {
    const { absent = 'conditional' } = contextParts[key];
    return (
      given[key] ?? (typeof absent === 'string' ? part(absent) : tf.fill([given.conditional.shape[0] ?? 1], absent))
    );
  };
  return {
    conditional: given.conditional,
    unconditional: part('unconditional'),
    w: part('w'),
    imageOnly: part('imageOnly'),
    wImage: part('wImage'),
  };
}

/** The parts of a context that a head hears, by the names of its programs. Throws DataError where one is missing. */
export function contextFeeds(
  head: Hearer,
  context: HostContext,
  naming: Naming = 'key',
): Record<string, HostTensor<Float32Array>> {
  const hearing = hearingOf(head);
  const fed = partsOf(hearing).map((key) => {
    const tensor = context[key];
    if (tensor === undefined) throw new DataError(`context: expected ${key} for ${hearing} guidance, found none`);
    return [nameOf(key, naming), tensor] as const;
  });
  return Object.fromEntries(fed);
}

/** Another value for each part that is there. */
export function mapParts<In, Out>(parts: PerPart<In>, map: (value: In, key: ContextKey) => Out): PerPart<Out> {
  const { imageOnly, wImage } = parts;
  return {
    conditional: map(parts.conditional, 'conditional'),
    unconditional: map(parts.unconditional, 'unconditional'),
    w: map(parts.w, 'w'),
    ...(imageOnly !== undefined && { imageOnly: map(imageOnly, 'imageOnly') }),
    ...(wImage !== undefined && { wImage: map(wImage, 'wImage') }),
  };
}
