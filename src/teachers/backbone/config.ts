/** Sizes of a causal transformer over prompt tokens followed by continuous image tokens. */
export interface BackboneConfig {
  /** Discrete tokens. */
  readonly vocabulary: number;
  /** Discrete tokens of a prompt; the last one begins the image. */
  readonly promptLength: number;
  /** Continuous tokens of an image. */
  readonly imageLength: number;
  /** Dimensions of a continuous token. */
  readonly token: number;
  readonly width: number;
  /** Blocks. */
  readonly depth: number;
  /** Attention heads; a divisor of the width. */
  readonly heads: number;
}

/** Positions of a sequence: the prompt and all image tokens but the last, which nothing is predicted from. */
export const sequenceLength = ({ promptLength, imageLength }: BackboneConfig): number => promptLength + imageLength - 1;

/** The tensors of a backbone by name, with their shapes. Linear weights are [out, in]. */
export function backboneShapes(config: BackboneConfig): Record<string, number[]> {
  const { vocabulary, token, width, depth } = config;
  const linear = (name: string, to: number, from: number) => ({
    [`${name}.weight`]: [to, from],
    [`${name}.bias`]: [to],
  });
  const shapes: Record<string, number[]> = {
    ...linear('letter_embed', width, vocabulary),
    ...linear('patch_embed', width, token),
    'position.weight': [sequenceLength(config), width],
    'final_norm.weight': [width],
    ...linear('letter_head', vocabulary, width),
  };
  for (let block = 0; block < depth; block++) {
    const name = `blocks.${block}`;
    shapes[`${name}.attention_norm.weight`] = [width];
    shapes[`${name}.mlp_norm.weight`] = [width];
    for (const part of ['query', 'key', 'value', 'attention_out'])
      Object.assign(shapes, linear(`${name}.${part}`, width, width));
    Object.assign(shapes, linear(`${name}.mlp_in`, 4 * width, width), linear(`${name}.mlp_out`, width, 4 * width));
  }
  return shapes;
}
