import { linear, size, type Template } from './template.ts';

const [width, hidden] = [size('width'), size('hidden')];

/** The embedding of one time. */
export const timeEmbedding = (name: string): Template => ({
  ...linear(`${name}.mlp.0`, width, size('frequencies', 2)),
  ...linear(`${name}.mlp.2`, width, width),
});

/** What the skeleton of MAR has beside its time embedding and its blocks. */
export const skeletonEnds: Template = {
  ...linear('cond_embed', width, size('condition')),
  ...linear('input_proj', width, size('token')),
  ...linear('final_layer.adaLN_modulation.1', size('width', 2), width),
  ...linear('final_layer.linear', size('output'), width),
};

/** Its blocks. */
export const skeletonBlocks = {
  blocks: 'res_blocks',
  block: {
    'in_ln.weight': [width],
    'in_ln.bias': [width],
    ...linear('mlp.0', hidden, width),
    ...linear('mlp.2', width, hidden),
    ...linear('adaLN_modulation.1', size('width', 3), width),
  },
} as const satisfies { readonly blocks: string; readonly block: Template };
