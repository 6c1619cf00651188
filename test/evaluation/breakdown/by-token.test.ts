import { expect, it } from 'vitest';
import { byToken } from '../../../src/evaluation/breakdown/by-token.ts';
import { stream } from '../../../src/ground/random/philox.ts';

const [images, length, size, prompts] = [205, 3, 2, 5]; // the last round of prompts may be cut
const tokens = (key: string, of: (z: number, place: number, prompt: number) => number) => ({
  shape: [images, length, size],
  data: stream('by-token', key)
    .normal(images * length * size)
    .map((z, i) => of(z, Math.floor(i / size) % length, Math.floor(i / (size * length)) % prompts)),
});
/** Prompts are far apart; the last place is the same in all images. */
const teacher = tokens('teacher', (z, place, prompt) => (place === 2 ? 1 : z + 20 * prompt));

it('tells the distance and the spread of each place, within prompts', () => {
  const wide = tokens('samples', (z, place, prompt) => (place === 2 ? 1 : 20 * prompt + (place === 1 ? 2 * z + 3 : z)));
  const { energyDistance, dispersion } = byToken(wide, teacher, prompts) ?? {};
  expect(energyDistance?.[0]).toBeCloseTo(0, 1);
  expect(energyDistance?.[1]).toBeGreaterThan(2);
  expect(energyDistance?.[2]).toBe(0);
  expect(dispersion?.[0]).toBeCloseTo(1, 0);
  expect(dispersion?.[1]).toBeGreaterThan(3);
  expect(dispersion?.[1]).toBeLessThan(5);
  expect(dispersion?.[2]).toBeNull();
});

it('notices images of another prompt', () => {
  const exchanged = tokens('samples', (z, place, prompt) => (place === 2 ? 1 : z + 20 * ((prompt + 1) % prompts)));
  expect(byToken(exchanged, teacher, prompts)?.energyDistance[0]).toBeGreaterThan(20);
});

it('needs two images of every prompt', () => {
  expect(byToken(teacher, teacher, 103)).toBeUndefined();
});
