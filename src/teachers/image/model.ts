import type { Parameters } from '../../ground/host-tensor.ts';
import type { HeadConfig } from '../../heads/network/config.ts';
import { initialHead } from '../../heads/network/initial.ts';
import type { BackboneConfig } from '../backbone/config.ts';
import { initialBackbone } from '../backbone/initial.ts';
import { tokenLength, tokensPerImage } from '../data/patches.ts';
import { promptCode } from '../data/prompt.ts';
import { type ImageDataName, imageDataSet } from '../data/table.ts';

/** Sizes of an image model: what its images are, how they are cut, the backbone, the head. */
export interface ImageConfig {
  readonly data: ImageDataName;
  /** Side of a patch in pixels. */
  readonly patch: number;
  readonly backbone: BackboneConfig;
  readonly head: HeadConfig;
}

/** The sizes that a recipe chooses. */
export interface ImageSizes {
  readonly data: ImageDataName;
  readonly patch: number;
  readonly backbone: { readonly width: number; readonly depth: number; readonly heads: number };
  readonly head: { readonly width: number; readonly depth: number };
}

/** Times in [0, 1] are stretched to 32: neighbouring steps of 64 differ by half a radian in the fastest feature. */
const TIME_SCALE = 32;

/** The whole configuration: the data's prompts and images fix what the recipe does not. */
export function imageConfig({ data, patch, backbone, head }: ImageSizes): ImageConfig {
  const dataSet = imageDataSet(data);
  const { vocabulary, length } = promptCode(dataSet);
  const token = tokenLength({ ...dataSet, patch });
  return {
    data,
    patch,
    backbone: {
      vocabulary,
      promptLength: length,
      imageLength: tokensPerImage({ ...dataSet, patch }),
      token,
      width: backbone.width,
      depth: backbone.depth,
      heads: backbone.heads,
    },
    head: { token, condition: backbone.width, width: head.width, depth: head.depth, timeScale: TIME_SCALE },
  };
}

/** Fresh weights: `backbone/…` and `head/…`. */
export const initialImageModel = (config: ImageConfig, seed: number): Parameters => ({
  ...withPrefix('backbone', initialBackbone(config.backbone, seed)),
  ...withPrefix('head', initialHead(config.head, seed)),
});

/** The entries under `prefix/`, by their names without it. */
export function under<Value>(prefix: 'backbone' | 'head', record: Readonly<Record<string, Value>>) {
  const entries = Object.entries(record).filter(([name]) => name.startsWith(`${prefix}/`));
  return Object.fromEntries(entries.map(([name, value]) => [name.slice(prefix.length + 1), value]));
}

const withPrefix = (prefix: 'backbone' | 'head', parameters: Parameters): Parameters =>
  Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [`${prefix}/${name}`, tensor]));
