import { describe, expect, it } from 'vitest';
import { studentShapes } from '../../../src/distillation/student/network.ts';
import { isHiddenMatrix } from '../../../src/engine/training/hidden-matrices.ts';
import { featureNetwork } from '../../../src/evaluation/features/network.ts';
import { headShapes } from '../../../src/heads/network/config.ts';
import { studentArchitectures } from '../../../src/heads/network/head-schema.ts';
import { architectures } from '../../../src/heads/network/table.ts';
import { backboneShapes } from '../../../src/teachers/backbone/config.ts';
import { imageDataSet } from '../../../src/teachers/data/table.ts';

const taken = (shapes: Readonly<Record<string, readonly number[]>>): string[] =>
  Object.entries(shapes).flatMap(([name, shape]) => (isHiddenMatrix({ name, shape }) ? [name] : []));

const sizes = { token: 40, condition: 48, width: 64, hidden: 96, depth: 2, timeScale: 1 };

describe('hidden matrices', () => {
  it.each(studentArchitectures())(
    'of a head of the architecture %s are those of its blocks and the last modulation',
    (architecture) => {
      const { fixed, block, blocks, shared } = architectures[architecture].template;
      const last = Object.keys(fixed).filter((name) => /^final_layer\.ada.*\.weight$/.test(name));
      const layers = [0, 1].flatMap((index) => (shared ? [`${shared.names}.${index}.weight`] : []));
      const inBlocks = Object.keys(block).filter((name) => block[name]?.length === 2);
      const expected = [0, 1].flatMap((index) => inBlocks.map((name) => `${blocks}.${index}.${name}`));
      expect(inBlocks.length + layers.length).toBeGreaterThan(2);
      expect(taken(headShapes({ ...sizes, architecture })).sort()).toEqual([...expected, ...layers, ...last].sort());
    },
  );

  it('of a student are those of its head alone', () => {
    expect(taken(studentShapes(sizes))).toEqual(taken(headShapes(sizes)));
    expect(Object.keys(studentShapes(sizes))).toContain('duration_embed.mlp.2.weight');
  });

  it('of an image model are those of both its parts', () => {
    const backbone = { vocabulary: 40, promptLength: 33, imageLength: 49, token: 40, width: 64, depth: 1, heads: 2 };
    const parts = ['query', 'key', 'value', 'attention_out', 'mlp_in', 'mlp_out'];
    const model = Object.fromEntries([
      ...Object.entries(backboneShapes(backbone)).map(([name, shape]) => [`backbone/${name}`, shape]),
      ...Object.entries(headShapes({ ...sizes, depth: 1 })).map(([name, shape]) => [`head/${name}`, shape]),
    ]);
    expect(taken(model)).toEqual([
      ...parts.map((part) => `backbone/blocks.0.${part}.weight`),
      ...taken(headShapes({ ...sizes, depth: 1 })).map((name) => `head/${name}`),
    ]);
  });

  it('of a feature network are all but what reads the image and what tells classes apart', () => {
    const { shapes } = featureNetwork(imageDataSet('mnist'));
    expect(taken(shapes)).toEqual(['conv2.weight', 'conv3.weight', 'features.weight']);
  });

  it.each([
    ['auxiliary/blocks.1.query.weight', true],
    ['other_blocks.1.query.weight', false],
    ['head.blocks.1.query.weight', false],
    ['blocks.query.weight', false],
    ['blocks.1.query.bias', false],
  ])('by the name %s: %s', (name, expected) => {
    expect(isHiddenMatrix({ name, shape: [64, 64] })).toBe(expected);
  });

  it.each([
    [[32, 32], true],
    [[31, 32], false],
    [[32, 31], false],
    [[1024], false],
    [[32, 32, 32], false],
  ])('of shape [%s]: %s', (shape, expected) => {
    expect(isHiddenMatrix({ name: 'res_blocks.0.mlp.0.weight', shape })).toBe(expected);
  });
});
