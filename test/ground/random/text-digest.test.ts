import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { textDigest } from '../../../src/ground/random/text-digest.ts';

const hex = (text: string): string => Buffer.from(textDigest(text)).toString('hex');

it('is the SHA-256 of the standard’s example', () => {
  expect(hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

it.each([0, 1, 54, 55, 56, 63, 64, 65, 119, 120, 128, 1000])('is node’s of %i letters', (length) => {
  const text = 'a'.repeat(length);
  expect(hex(text)).toBe(createHash('sha256').update(text).digest('hex'));
});

it('is node’s of any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      expect(hex(text)).toBe(createHash('sha256').update(text).digest('hex'));
    }),
    { seed: 1 },
  );
});
