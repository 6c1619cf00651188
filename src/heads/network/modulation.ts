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

/** Widths of what is projected from an embedding, in networks' widths: three a block, then two. */
export const projectedParts = ({ depth }: { readonly depth: number }): number[] => [
  ...Array.from({ length: depth }, () => 3),
  2,
];

/** Shifts, scales and gates of each layer side by side, from the context's embedding y [B, W]: [B, 3W] a block, then [B, 2W]. */
export function projectedBy(
  layer: Layer,
  blocks: string,
  parameters: NamedTensors,
  { depth }: { readonly depth: number },
  y: tf.Tensor,
): tf.Tensor[] {
  const active = silu(y);
  const names = [...Array.from({ length: depth }, (_, i) => `${blocks}.${i}`), 'final_layer'];
  return names.map((name) => layer(parameters, `${name}.adaLN_modulation.1`, active));
}

/** The modulations that stand side by side in what was projected. */
export function separated(projected: readonly tf.Tensor[], width: number): Modulations {
  const parts = projected.map((tensor) =>
    tf
      .split(tensor, (tensor.shape[1] ?? width) / width, 1)
      .map((part) => tf.reshape(part, [part.shape[0] ?? 1, 1, width])),
  );
  const final = parts.pop() ?? [];
  const [shift, scale] = final as [tf.Tensor, tf.Tensor];
  const each = parts.map((block) => {
    const [shift, scale, gate] = block as [tf.Tensor, tf.Tensor, tf.Tensor];
    return { shift, scale, gate };
  });
  return { blocks: each, final: { shift, scale } };
}

/** The modulations of all layers from the context's embedding y [B, W]; `blocks` is what the blocks' names start with. */
export const modulationsBy = (
  layer: Layer,
  blocks: string,
  parameters: NamedTensors,
  config: { readonly depth: number; readonly width: number },
  y: tf.Tensor,
): Modulations => separated(projectedBy(layer, blocks, parameters, config, y), config.width);
