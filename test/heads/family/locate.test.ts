import { describe, expect, it } from 'vitest';
import { locateHead, mayBelong } from '../../../src/heads/family/locate.ts';
import { type FamilyName, families } from '../../../src/heads/family/table.ts';
import { type HeadSizes, headShapes } from '../../../src/heads/network/config.ts';

const sizes = { token: 4, condition: 24, width: 32, depth: 2 };
const own = Object.fromEntries(
  Object.entries(families).map(([name, { architecture, outputs }]) => [
    name,
    {
      ...sizes,
      architecture,
      output: outputs * sizes.token,
      ...(name === 'calm-energy' ? { noise: 6 } : { hidden: 40 }),
    },
  ]),
) as Readonly<Record<FamilyName, HeadSizes>>;

/** The shapes of a family's head under a prefix, among others. */
function shapesOf(family: FamilyName, prefix: string): Map<string, readonly number[]> {
  const head = Object.entries(headShapes(own[family])).map(([name, shape]) => [prefix + name, shape] as const);
  const elsewhere = [['language.model.layers.0.mlp.weight', [7, 7]]] as const;
  return new Map<string, readonly number[]>([...(prefix === '' ? [] : elsewhere), ...head]);
}

const refusal = (family: FamilyName, shapes: ReadonlyMap<string, readonly number[]>): string => {
  try {
    locateHead('file', family, shapes);
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  return '';
};

const every = Object.entries(families).flatMap(([name, { prefixes }]) =>
  [...prefixes, `module.${prefixes[0]}`].map((prefix) => [name as FamilyName, prefix] as const),
);

describe('the head of a family', () => {
  it.each(every)('%s is found under the prefix "%s" with its sizes', (family, prefix) => {
    const found = locateHead('file', family, shapesOf(family, prefix));
    expect(found.prefix).toBe(prefix);
    expect(found.sizes).toMatchObject(own[family]);
    expect(found.tensors.toSorted()).toEqual(
      Object.keys(headShapes(own[family]))
        .map((name) => prefix + name)
        .toSorted(),
    );
  });

  it('has what belongs to it beside', () => {
    const shapes = shapesOf('nextstep', 'image_head.net.');
    shapes.set('image_out_projector.weight', [24, 24]).set('image_out_projector.bias', [24]);
    expect(locateHead('file', 'nextstep', shapes).extras).toEqual([
      'image_out_projector.weight',
      'image_out_projector.bias',
    ]);
    shapes.set('image_out_projector.bias', [23]);
    expect(refusal('nextstep', shapes)).toBe('file: image_out_projector.bias: expected shape [24], got [23]');
  });
});

describe('what is wrong is listed by name', () => {
  it('one tensor in one line', () => {
    const shapes = shapesOf('mar', 'diffloss.net.');
    shapes.delete('diffloss.net.cond_embed.bias');
    expect(refusal('mar', shapes)).toBe('file: diffloss.net.cond_embed.bias: expected shape [32], found none');
  });

  it('missing, misshapen and further tensors with what was expected', () => {
    const shapes = shapesOf('mar', 'diffloss.net.');
    shapes.delete('diffloss.net.input_proj.weight');
    shapes.set('diffloss.net.res_blocks.1.mlp.0.weight', [32, 31]);
    shapes.set('diffloss.net.res_blocks.1.mlp.4.weight', [32, 32]);
    expect(refusal('mar', shapes)).toBe(`file: the head of MAR (LTH14/mar) under 'diffloss.net.' has 3 wrong tensors:
  diffloss.net.input_proj.weight: expected shape [32, 4], found none
  diffloss.net.res_blocks.1.mlp.0.weight: expected shape [40, 32], got [32, 31]
  diffloss.net.res_blocks.1.mlp.4.weight: expected no such tensor`);
  });

  it('a missing block by its tensors', () => {
    const shapes = shapesOf('nextstep', '');
    for (const name of shapes.keys())
      if (name.startsWith('res_blocks.0.') && !name.endsWith('bias')) shapes.delete(name);
    expect(refusal('nextstep', shapes)).toContain('res_blocks.0.mlp.0.weight: expected shape [40, 32], found none');
  });

  it('another family is told by its prefix, its tensors or its sizes', () => {
    expect(refusal('nextstep', shapesOf('mar', 'diffloss.net.'))).toBe(
      "file: expected a head of NextStep-1 (StepFun), found 'diffloss.net.' of MAR (LTH14/mar): import it with --family mar",
    );
    expect(refusal('nextstep', shapesOf('mar', 'net.'))).toContain('import it with --family mar');
    expect(refusal('mar', shapesOf('nextstep', ''))).toContain('import it with --family nextstep or calm-flow');
    expect(refusal('nextstep', shapesOf('pocket-tts', ''))).toContain('import it with --family pocket-tts');
    expect(refusal('mar', shapesOf('vibevoice', 'model.prediction_head.'))).toContain('--family vibevoice');
    expect(refusal('vibevoice', shapesOf('mar', ''))).toContain('--family mar');
  });

  it('no head at all, or two', () => {
    expect(refusal('mar', new Map([['a', [1]]]))).toBe(
      'file: expected a head of MAR (LTH14/mar), with a tensor such as diffloss.net.time_embed.mlp.0.weight, ' +
        'found none among 1 tensors that could be of a head: a',
    );
    const two = new Map([...shapesOf('nextstep', 'left.'), ...shapesOf('nextstep', 'right.')]);
    expect(refusal('nextstep', two)).toContain("found several: 'left.' and 'right.'");
  });
});

it('a file of very many halves of heads is refused in bounded time', () => {
  const halves = Array.from({ length: 20_000 }, (_, i) =>
    ['cond_embed.weight', 'input_proj.weight'].map((name) => [`part${i}.${name}`, [32, 4]] as const),
  );
  expect(refusal('vibevoice', new Map(halves.flat()))).toContain('found none among 40000 tensors');
});

it('tensors that may be of a head are told by name alone', () => {
  for (const family of Object.keys(families) as FamilyName[])
    for (const name of shapesOf(family, 'some.prefix.').keys())
      expect(mayBelong(name), name).toBe(!name.startsWith('language'));
  expect(mayBelong('flow_lm.emb_mean')).toBe(true);
});
