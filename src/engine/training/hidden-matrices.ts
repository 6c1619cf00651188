import type { Slot } from './arena.ts';

/** The smallest side of a matrix whose update is worth making orthogonal. */
const SMALLEST = 32;

/**
 * Names of the weights between hidden states, whatever stands before the last `/`: of a block (`res_blocks.0.mlp.2` of
 * MAR's skeleton, `layers.0.ffn.up_proj` of VibeVoice's, `blocks.0.query` of the transformer), of a modulation
 * (`final_layer.adaLN_modulation.1`), of the feature network's layers. What reads inputs, times, conditions and scales or
 * makes the output (`input_proj`, `time_embed.0.mlp.2`, `cond_embed`, `final_layer.linear`) is none of them.
 */
const hiddenName =
  /(^|\/)((res_blocks|layers|blocks)\.\d+\..+|ada_ln_blocks\.\d+|final_layer\.(adaLN_modulation\.1|ada_ln_modulation)|conv\d+|features)\.weight$/;

/** Which weights lie between hidden states, by name. */
export type Hidden = (name: string) => boolean;

/** By the names that our architectures and the families give them. */
const usualHidden: Hidden = (name) => hiddenName.test(name);

/** Whether a tensor is a matrix of a hidden layer, at least 32 × 32: what Muon takes. */
export const isHiddenMatrix = ({ name, shape }: Pick<Slot, 'name' | 'shape'>, hidden = usualHidden): boolean =>
  shape.length === 2 && Math.min(...shape) >= SMALLEST && hidden(name);
