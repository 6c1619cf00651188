import type * as tf from '@tensorflow/tfjs';
import type { ZodType } from 'zod';
import type { NamedTensors, TensorSpec } from '../../engine/graph/program.ts';
import type { TrainingChoices } from '../../engine/training/training-schema.ts';
import type { HostTensor, Parameters } from '../../ground/host-tensor.ts';
import type { Stream } from '../../ground/random/philox.ts';
import type { Velocity } from '../../heads/flow.ts';
import type { MeanVelocity } from '../student/network.ts';
import type { SamplerName } from '../student/sampler/table.ts';

/** The rows of a batch of cached trajectories: what a method draws its training pairs from. */
export interface CachedBatch {
  /** B contexts. */
  readonly contexts: number;
  /** K noise draws a context. */
  readonly draws: number;
  readonly token: number;
  /** Times of the cached states, from 0 to 1 [G + 1]. */
  readonly grid: Float32Array;
  /** The states of context `b` (0 … B − 1) at grid index `g`: a view [K·D]. */
  readonly state: (b: number, g: number) => Float32Array;
  /** Ends of the system's own sampler, where the cache has them: how many a context, and those of context `b` [K'·D]. */
  readonly ownEnds?: { readonly draws: number; readonly of: (b: number) => Float32Array };
}

/** The tensors that a method's loss reads, beside the context. */
export type Draw = Readonly<Record<string, HostTensor<Float32Array>>>;

/** Sizes of a training batch. */
export interface BatchShape {
  readonly contexts: number;
  readonly draws: number;
  readonly token: number;
}

/** A way to distil, its options set: how pairs are drawn from the cache, what is predicted, what it is compared with. */
export interface Method {
  readonly specs: (shape: BatchShape) => Readonly<Record<string, TensorSpec>>;
  /** Draws a batch; `progress` goes from 0 to 1 over training. */
  readonly draw: (cached: CachedBatch, random: Stream, progress: number) => Draw;
  /**
   * What the loss compares with, from the student itself and, where the method needs it, from the teacher's guided
   * velocity under the batch's contexts at any x [B, K, D] and t [B], or another student: with the moving average of its
   * weights, with those that it started from, or the one that is trained beside it; no gradient flows through it.
   */
  readonly targets?: (u: MeanVelocity, batch: NamedTensors, teacher: Velocity, other: MeanVelocity) => NamedTensors;
  /** Weights that are trained with the student's and left behind: of a learned weight. */
  readonly auxiliary?: (shape: BatchShape, seed: number) => Parameters;
  /** A second network that starts as the student does, takes turns with it, and is left behind. */
  readonly beside?: Beside;
  /** The scalar to minimise. */
  readonly loss: (u: MeanVelocity, batch: NamedTensors, targets: NamedTensors, auxiliary: NamedTensors) => tf.Tensor;
}

/** A second network of the student's architecture, with steps of its own. */
export interface Beside {
  /** How many of its steps go before each of the student's. */
  readonly updates: number;
  /** What its loss compares with, from the student; no gradient flows through it. */
  readonly targets: (u: MeanVelocity, batch: NamedTensors) => NamedTensors;
  /** The scalar that it minimises. */
  readonly loss: (beside: MeanVelocity, batch: NamedTensors, targets: NamedTensors) => tf.Tensor;
}

/** What a student of a method needs in its recipe, and in its training. */
export interface MethodNeeds {
  /** Whether its targets ask for the teacher's velocity; its weights are then part of the training step. */
  readonly teacher?: true;
  /**
   * The other student that its targets ask: the one with averaged weights, the one that training started from, whose
   * weights are then part of the training step, or the one that is trained beside it.
   */
  readonly other?: 'average' | 'start' | 'beside';
  /** Whether it starts from an earlier student. */
  readonly init?: boolean;
  /** The fewest draws a context that its loss can do with; 1 unless given. */
  readonly draws?: number;
  /** The only step counts that it can take. */
  readonly steps?: readonly number[];
}

/** What a training sample costs. */
export interface MethodForwards {
  /** Forwards of the student: one, two for the backward, and those of the targets. */
  readonly student: number;
  /** Guided velocities of the teacher, each of as many forwards as its guidance costs; none unless given. */
  readonly teacher?: number;
}

/** An entry of the methods' table. */
export interface MethodEntry {
  readonly title: string;
  /** Where the loss comes from. */
  readonly source: string;
  /** Checks the options of a recipe. */
  readonly options: ZodType;
  /** How its students take steps. */
  readonly sampler: SamplerName;
  /** A second way, measured and exported beside the first where there is more than one step. */
  readonly otherSampler?: SamplerName;
  /** Of its options, which must be complete. */
  readonly forwards: (options: unknown) => MethodForwards;
  /** How its students are trained where a recipe does not say; else as all are. */
  readonly training?: Partial<TrainingChoices>;
  /** What its students need; nothing unless given. */
  readonly needs?: MethodNeeds;
  /** Whether its students learn ends of the system's own sampler, in one jump, in the place of the flow's; never unless given. */
  readonly ownEnds?: (options: unknown) => boolean;
  readonly create: (options: unknown) => Method;
}

/** An entry whose options are typed inside and checked at its edge; what a sample costs may follow from them. */
export const defineMethod = <Options>({
  forwards,
  ownEnds,
  ...entry
}: Omit<MethodEntry, 'options' | 'create' | 'forwards' | 'ownEnds'> & {
  readonly options: ZodType<Options>;
  readonly forwards: MethodForwards | ((options: Options) => MethodForwards);
  readonly ownEnds?: (options: Options) => boolean;
  readonly create: (options: Options) => Method;
}): MethodEntry => ({
  ...entry,
  ...(ownEnds && { ownEnds: (options: unknown) => ownEnds(entry.options.parse(options)) }),
  forwards: (options) => (typeof forwards === 'function' ? forwards(entry.options.parse(options)) : forwards),
  create: (options) => entry.create(entry.options.parse(options)),
});
