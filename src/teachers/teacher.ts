import type * as tf from '@tensorflow/tfjs';
import type { Engine, NamedTensors } from '../engine/graph/program.ts';
import type { HostTensor, Parameters } from '../ground/host-tensor.ts';
import type { HostContext } from '../heads/context.ts';
import type { Context, Velocity } from '../heads/flow.ts';
import type { HeadConfig } from '../heads/network/config.ts';
import type { TokenHead } from './backbone/draw.ts';

/** Contexts in ordinary memory: the rows that trajectories start from. */
export interface Contexts extends Omit<HostContext, 'w'> {
  /** Index of the token in its image [N]. */
  readonly position: HostTensor<Int32Array>;
  /** Where the prefix came from [N]: 0 real data (teacher-forced), 1 the teacher's own samples (free-running). */
  readonly provenance: HostTensor<Int32Array>;
}

/** Which contexts: a function of this request alone, whoever asks. */
export interface ContextRequest {
  readonly rows: number;
  /** Key of the random numbers. */
  readonly key: readonly (string | number)[];
  /** Share of rows whose prefix the teacher sampled itself, 0–1. */
  readonly freeRunning: number;
  /** The data they come from: what teachers and students were trained on, or what they never saw. */
  readonly split: 'train' | 'test';
  /** Guidance scales of free-running prefixes are drawn from this range. */
  readonly guidance: { readonly min: number; readonly max: number };
  /**
   * Each of another image or sequence as far as there are so many, places going round, so that intervals over contexts are of
   * independent units. Image after image unless given: cheaper, and what training wants.
   */
  readonly apart?: true;
}

/** What contexts are to serve for, as far as it is known before any work. */
export interface ContextUse extends Pick<ContextRequest, 'guidance'> {
  /** How many are trained on. */
  readonly contexts: number;
}

/** Tells cheaply whether contexts can serve; gives remarks, a sentence each. Throws DataError where they cannot. */
export type CheckContexts = (use: ContextUse) => Promise<readonly string[]>;

/** Contexts from elsewhere, for teachers whose backbone is not here. */
export interface ContextSource {
  /** SHA-256 of all that determines them. */
  readonly hash: string;
  /** H: dimensions of a hidden state. */
  readonly condition: number;
  /** Whether they have hidden states with the image kept and the prompt dropped. */
  readonly threeWay: boolean;
  readonly contexts: (request: ContextRequest) => Promise<Contexts>;
  readonly check?: CheckContexts;
}

/** A many-step flow: its velocity as a tfjs function, and contexts to solve it under. */
export interface Teacher {
  readonly name: string;
  /** SHA-256 of all that determines its output. */
  readonly hash: string;
  /** SHA-256 of the weights of an imported head, in whose place a student may be put. */
  readonly weights?: string;
  /** D: dimensions of a token. */
  readonly token: number;
  /** H: dimensions of a hidden state. */
  readonly condition: number;
  /** Weights that `velocity` reads. */
  readonly parameters: Parameters;
  /** The head whose weights a student may start from; exact teachers have none. */
  readonly head?: HeadConfig;
  /** Evaluations of a network in one guided velocity, where they are not two (`guidedEvaluations`). */
  readonly evaluations?: number;
  /** The guided velocity under a context. */
  readonly velocity: (parameters: NamedTensors, context: Context) => Velocity;
  /** The same in two parts, of heads where much of it depends on time and context alone. */
  readonly parts?: VelocityParts;
  readonly contexts: (request: ContextRequest) => Promise<Contexts>;
  /** Of teachers whose contexts are data of the user's. */
  readonly check?: CheckContexts;
  /** How the system that an imported head came from samples with it. */
  readonly own?: OwnSampler;
  /** Whole images, of teachers that are the head of an image model. */
  readonly images?: ImageModel;
  /** Frees compiled programs. */
  readonly dispose: () => Promise<void>;
}

/** A guided velocity as two functions: solvers that ask twice at one time compute the first of them once. */
export interface VelocityParts {
  /** What depends on the time t [B] and the context alone, by the names of `widths`. */
  readonly at: (parameters: NamedTensors, context: Context, t: tf.Tensor) => NamedTensors;
  /** The shapes of that: each is [B, width]. */
  readonly widths: Readonly<Record<string, number>>;
  /** The velocity of x [B, K, D] from that. */
  readonly of: (parameters: NamedTensors, context: Context, x: tf.Tensor, at: NamedTensors) => tf.Tensor;
}

/** A system's own way to sample with its head: what its users see, beside which the teacher's flow is an approximation. */
export interface OwnSampler {
  /** The rule's name in its family. */
  readonly rule: string;
  readonly steps: number;
  /** Guided evaluations a step. */
  readonly evaluations: number;
  /** Compiles it; new noise of stochastic rules is of the stream `key`, call after call. Rows share one guidance scale. */
  readonly open: (engine: Engine, key: readonly (string | number)[]) => Promise<OpenOwnSampler>;
}

/** A system's sampler, ready: noise [N, K, D] under contexts to tokens [N, K, D]. */
export interface OpenOwnSampler {
  readonly ends: (
    input: HostContext & { readonly noise: HostTensor<Float32Array> },
  ) => Promise<HostTensor<Float32Array>>;
  readonly dispose: () => Promise<void>;
}

/** Head forwards of one guided velocity: two, one where the hidden states are guided before the head, three of three ways. */
export const guidedEvaluations = ({ evaluations = 2 }: Pick<Teacher, 'evaluations'>): number => evaluations;

/** The autoregressive model around an image teacher's head. */
export interface ImageModel {
  /** L: tokens of an image. */
  readonly tokens: number;
  /** What can be asked for, in the order of the labels. */
  readonly prompts: readonly string[];
  /** Token by token from noise [N, L, D] with any head; labels index `prompts`. Gives images [N, height, width] in [0, 1], with a last axis where they have colours. */
  readonly generate: (request: ImageRequest, head: TokenHead) => Promise<GeneratedImages>;
  /** Whether pictures show 0 as white: ink on paper. */
  readonly inverted: boolean;
  /** What a blank token looks like: its dispersion is 0/0 and is left out on request. */
  readonly blank: Blank;
  /** Held-out real data: `count` images and their labels, balanced over prompts; `part` picks one of disjoint sets. */
  readonly real: (
    count: number,
    part: number,
  ) => { readonly images: HostTensor<Float32Array>; readonly labels: Int32Array };
  /** Images that the teacher was trained on, balanced over prompts, none of them among `real` ones; where they are known. */
  readonly trained?: (count: number) => HostTensor<Float32Array>;
}

/** A token without content: a value a dimension and how far from it still counts, both [D]. */
export interface Blank {
  readonly value: Float32Array;
  readonly tolerance: Float32Array;
}

/** Which images to make. */
export interface ImageRequest {
  readonly labels: Int32Array;
  readonly noise: HostTensor<Float32Array>;
}

/** Images, and the seconds that were spent in the head and in all. */
export interface GeneratedImages {
  readonly images: HostTensor<Float32Array>;
  readonly headSeconds: number;
  readonly seconds: number;
}
