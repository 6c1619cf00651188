/** A size that a head's shapes are made of. */
export type SizeName = 'token' | 'condition' | 'width' | 'output' | 'hidden' | 'frequencies';

/** A dimension of a shape: a size and what it is multiplied by. */
type Dimension = readonly [size: SizeName, times: number];

/** Tensors by name with their dimensions. */
type Template = Readonly<Record<string, readonly Dimension[]>>;

/** The tensors of an architecture under the names of the original code. */
interface ArchitectureTemplate {
  /** A name that no other architecture has. */
  readonly sign: string;
  readonly fixed: Template;
  /** What the names of a block's tensors start with, before its index. */
  readonly blocks: string;
  /** The tensors of each block. */
  readonly block: Template;
}

const [token, condition, width, output, hidden] = (['token', 'condition', 'width', 'output', 'hidden'] as const).map(
  (size): Dimension => [size, 1],
) as [Dimension, Dimension, Dimension, Dimension, Dimension];
const features: Dimension = ['frequencies', 2];
const parts = (count: number): Dimension => ['width', count];

const matrix = (name: string, to: Dimension, from: Dimension): Template => ({ [`${name}.weight`]: [to, from] });
const linear = (name: string, to: Dimension, from: Dimension): Template => ({
  ...matrix(name, to, from),
  [`${name}.bias`]: [to],
});

const timeEmbedding = (name: string): Template => ({
  ...linear(`${name}.mlp.0`, width, features),
  ...linear(`${name}.mlp.2`, width, width),
});

const ends: Template = {
  ...linear('cond_embed', width, condition),
  ...linear('input_proj', width, token),
  ...linear('final_layer.adaLN_modulation.1', parts(2), width),
  ...linear('final_layer.linear', output, width),
};

const residualBlock: Template = {
  'in_ln.weight': [width],
  'in_ln.bias': [width],
  ...linear('mlp.0', hidden, width),
  ...linear('mlp.2', width, hidden),
  ...linear('adaLN_modulation.1', parts(3), width),
};

const alphaTimeEmbedding = (name: string): Template => ({
  ...timeEmbedding(name),
  [`${name}.mlp.3.alpha`]: [width],
});

/**
 * The architectures of heads: `residual` is the adaLN residual MLP of MAR, NextStep and CALM; `two-time` the same
 * between two times (pocket-tts); `swiglu` that of VibeVoice: RMS norms, gated feed-forward layers, no biases.
 */
export const templates = {
  residual: {
    sign: 'time_embed.mlp.0.weight',
    fixed: { ...timeEmbedding('time_embed'), ...ends },
    blocks: 'res_blocks',
    block: residualBlock,
  },
  'two-time': {
    sign: 'time_embed.0.mlp.0.weight',
    fixed: { ...alphaTimeEmbedding('time_embed.0'), ...alphaTimeEmbedding('time_embed.1'), ...ends },
    blocks: 'res_blocks',
    block: residualBlock,
  },
  swiglu: {
    sign: 'noisy_images_proj.weight',
    fixed: {
      ...matrix('t_embedder.mlp.0', width, features),
      ...matrix('t_embedder.mlp.2', width, width),
      ...matrix('cond_proj', width, condition),
      ...matrix('noisy_images_proj', width, token),
      ...matrix('final_layer.adaLN_modulation.1', parts(2), width),
      ...matrix('final_layer.linear', output, width),
    },
    blocks: 'layers',
    block: {
      'norm.weight': [width],
      ...matrix('ffn.gate_proj', hidden, width),
      ...matrix('ffn.up_proj', hidden, width),
      ...matrix('ffn.down_proj', width, hidden),
      ...matrix('adaLN_modulation.1', parts(3), width),
    },
  },
} as const satisfies Readonly<Record<string, ArchitectureTemplate>> as Readonly<
  Record<'residual' | 'two-time' | 'swiglu', ArchitectureTemplate>
>;

/** The name of an architecture. */
export type ArchitectureName = keyof typeof templates;
