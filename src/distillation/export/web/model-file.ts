import type { GuidanceScheduleName } from '../../../heads/original/guidance-schedule.ts';
import type { BackboneConfig } from '../../../teachers/backbone/config.ts';
import type { ImageDataSet } from '../../../teachers/data/image-data-set.ts';

/** The format of a bundle's model.json. */
export const webFormat = 'fewstep-web-1';

/** The parts of a context that a student of an image model may hear, by the names of a token's request. */
export type HeardPart = 'conditional' | 'unconditional' | 'w';

/** A student's sampler at a step count. */
export interface WebSampler {
  readonly steps: number;
  readonly file: string;
  /** Draws of new noise for a token beside the first, its input `fresh_noise`. */
  readonly freshNoise: number;
}

/** A student of a bundle. */
export interface WebStudent {
  readonly name: string;
  readonly method: string;
  /** What its programs call the parts of a context that it hears. */
  readonly inputs: Readonly<Partial<Record<HeardPart, string>>>;
  readonly samplers: readonly WebSampler[];
}

/** What model.json holds: all that drawing needs beside the programs. */
export interface WebModelFile {
  readonly format: typeof webFormat;
  readonly name: string;
  /** What images are, and the words that they are asked for by. */
  readonly data: Pick<ImageDataSet, 'title' | 'size' | 'channels' | 'inverted' | 'prompts' | 'alphabet'>;
  /** Side of a patch in pixels. */
  readonly patch: number;
  /** From tokens to pixels, a number a dimension of a token. */
  readonly normalization: { readonly mean: readonly number[]; readonly std: readonly number[] };
  /** A token of an empty place: what is not drawn yet. */
  readonly blank: readonly number[];
  readonly backbone: BackboneConfig;
  /** The backbone's programs: of the prompt, and of the next token. */
  readonly programs: { readonly prefill: string; readonly step: string };
  /** The guidance scale unless another is asked for, and how it goes over an image's tokens. */
  readonly guidance: number;
  readonly schedule: GuidanceScheduleName;
  readonly students: readonly WebStudent[];
}
