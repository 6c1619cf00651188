import * as tf from '@tensorflow/tfjs';
import type { NamedTensors } from '../../engine/graph/program.ts';
import { silu } from './layers.ts';

/** What time and condition do to the layers; each tensor is [B, 1, W]. */
export interface Modulations {
  readonly blocks: readonly { readonly shift: tf.Tensor; readonly scale: tf.Tensor; readonly gate: tf.Tensor }[];
  readonly final: { readonly shift: tf.Tensor; readonly scale: tf.Tensor };
}

/** A layer by name: `linear` or `product`. */
type Layer = (parameters: NamedTensors, name: string, x: tf.Tensor) => tf.Tensor;

/** The modulations of all layers from the context's embedding y [B, W]; `blocks` is what the blocks' names start with. */
export function modulationsBy(
  layer: Layer,
  blocks: string,
  parameters: NamedTensors,
  { depth, width }: { readonly depth: number; readonly width: number },
  y: tf.Tensor,
): Modulations {
  const active = silu(y);
  const project = (name: string, parts: number): tf.Tensor[] =>
    tf
      .split(layer(parameters, `${name}.adaLN_modulation.1`, active), parts, 1)
      .map((part) => tf.reshape(part, [part.shape[0] ?? 1, 1, width]));
  const each = Array.from({ length: depth }, (_, i) => {
    const [shift, scale, gate] = project(`${blocks}.${i}`, 3) as [tf.Tensor, tf.Tensor, tf.Tensor];
    return { shift, scale, gate };
  });
  const [shift, scale] = project('final_layer', 2) as [tf.Tensor, tf.Tensor];
  return { blocks: each, final: { shift, scale } };
}
