/** The two parts of a data set: what is learnt from, and what is held out. */
export type ImageSplit = 'train' | 'test';

/** Images with their labels: images [N, height, width, channels] of bytes, labels [N] that index the prompts. */
export interface LabelledImages {
  readonly count: number;
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

/** What an image is, whatever it shows. */
export interface ImageFormat {
  readonly size: readonly [height: number, width: number];
  /** Grey or red, green and blue, the last axis of an image. */
  readonly channels: 1 | 3;
}

/** Labelled images that teachers and feature networks learn from. */
export interface ImageDataSet extends ImageFormat {
  /** Its name in texts. */
  readonly title: string;
  /** What it is, for those who write a recipe. */
  readonly summary: string;
  /** Where it comes from, in a few words. */
  readonly origin: string;
  /** What an image shows, one and several. */
  readonly thing: string;
  readonly things: string;
  /** Images of each part. */
  readonly counts: Readonly<Record<ImageSplit, number>>;
  /** The words that images are asked for by, one a class, in the order of the labels. */
  readonly prompts: readonly string[];
  /** The letters that prompts are spelled with; the space is always among them. */
  readonly alphabet: string;
  /** Sides of a square patch in pixels that a recipe may choose. */
  readonly patch: { readonly sides: readonly [number, ...number[]]; readonly default: number };
  /** What an empty place holds, a byte a channel. */
  readonly blank: readonly number[];
  /** Whether pictures show 0 as white: ink on paper. */
  readonly inverted: boolean;
  /** What teachers of it fail at that no number shows, a sentence each. */
  readonly remarks: readonly string[];
  /** Reads a part. Throws FileError where a file is missing, DataError where its content is not the data set. */
  readonly load: (split: ImageSplit) => LabelledImages;
}

let last: readonly [ImageDataSet, ImageSplit, LabelledImages] | undefined;

/** A part of a data set: the last one is kept, which shard after shard reads. Throws as `load`. */
export function loadedImages(data: ImageDataSet, split: ImageSplit): LabelledImages {
  if (last?.[0] === data && last[1] === split) return last[2];
  last = undefined; // not two at a time
  const images = data.load(split);
  last = [data, split, images];
  return images;
}

/** Values of an image. */
export const imageLength = ({ size: [height, width], channels }: ImageFormat): number => height * width * channels;

/** The shape of images: [N, height, width], of colours [N, height, width, 3]. */
export const imagesShape = (count: number, { size, channels }: ImageFormat): number[] =>
  channels === 1 ? [count, ...size] : [count, ...size, channels];
