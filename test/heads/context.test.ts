import { expect, it } from 'vitest';
import { DataError } from '../../src/ground/errors.ts';
import type { HostTensor } from '../../src/ground/host-tensor.ts';
import {
  contextFeeds,
  contextKeys,
  contextOf,
  contextParts,
  contextSpecs,
  hearingOf,
  mapParts,
  partsOf,
  wholeContext,
} from '../../src/heads/context.ts';
import { tensor, values } from '../eager.ts';

it('students hear what their guidance and signature let them', () => {
  expect(hearingOf({})).toBe('two-way');
  expect(hearingOf({ guidance: 'three-way' })).toBe('three-way');
  expect(hearingOf({ guidance: 'three-way', signature: 'original' })).toBe('alone');
  expect(hearingOf({ guidance: 'condition', signature: 'original' })).toBe('two-way');
  expect(partsOf('alone')).toEqual(['conditional']);
  expect(partsOf('two-way')).toEqual(['conditional', 'unconditional', 'w']);
  expect(partsOf('three-way')).toEqual(contextKeys);
});

it('programs take the parts in the order of the table, by the code’s names or by those of exports', () => {
  const head = { condition: 5, guidance: 'three-way' } as const;
  expect(contextSpecs(head, 'batch')).toEqual({
    conditional: { shape: ['batch', 5] },
    unconditional: { shape: ['batch', 5] },
    w: { shape: ['batch'] },
    imageOnly: { shape: ['batch', 5] },
    wImage: { shape: ['batch'] },
  });
  expect(Object.keys(contextSpecs(head, 'batch', 'input'))).toEqual([
    ...['hidden', 'hidden_unconditional', 'guidance', 'hidden_image_only', 'guidance_image'],
  ]);
});

it('no two parts have the same name anywhere', () => {
  for (const name of ['input', 'applied', 'captured'] as const) {
    const names = contextKeys.flatMap((key) => contextParts[key][name] ?? []);
    expect(new Set(names).size).toBe(names.length);
  }
});

it('what is not given stands for itself: no prompt for the prompt, no image for no prompt, scales of one', () => {
  const conditional = () => tensor([1, 2], [2, 1]);
  const other = () => tensor([3, 4], [2, 1]);
  expect(values(() => wholeContext({ conditional: conditional() }).imageOnly)).toEqual([1, 2]);
  expect(values(() => wholeContext({ conditional: conditional(), unconditional: other() }).imageOnly)).toEqual([3, 4]);
  for (const scale of ['w', 'wImage'] as const)
    expect(values(() => wholeContext({ conditional: conditional() })[scale])).toEqual([1, 1]);
  expect(() => contextOf({}, { conditional: conditional(), unconditional: other() })).toThrow('named w');
});

it('heads are fed the parts that they hear, and a missing one is told', () => {
  const part = (value: number): HostTensor<Float32Array> => ({ shape: [1], data: Float32Array.of(value) });
  const context = { conditional: part(1), unconditional: part(2), w: part(3) };
  expect(contextFeeds({ signature: 'original' }, context)).toEqual({ conditional: part(1) });
  expect(contextFeeds({}, context, 'input')).toEqual({
    hidden: part(1),
    hidden_unconditional: part(2),
    guidance: part(3),
  });
  expect(() => contextFeeds({ guidance: 'three-way' }, context)).toThrow(DataError);
  expect(mapParts(context, ({ data }, key) => `${key} ${data[0]}`)).toEqual({
    ...{ conditional: 'conditional 1', unconditional: 'unconditional 2', w: 'w 3' },
  });
});
