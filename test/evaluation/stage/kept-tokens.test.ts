import { expect, it } from 'vitest';
import { keptTokens } from '../../../src/evaluation/stage/kept-tokens.ts';
import type { TokenRequest } from '../../../src/teachers/backbone/draw.ts';

const none = { shape: [0], data: new Float32Array(0) };

it('keeps the tokens of the first images by image and place, over batches, and passes all of them on', async () => {
  const [count, length, size] = [5, 2, 3];
  const { tokens, of } = keptTokens(count, length, size);
  let batch = 0;
  const head = of(async ({ noise, position }: TokenRequest) => {
    const [rows = 0] = noise.shape;
    const data = Float32Array.from(
      { length: rows * size },
      (_, i) => 100 * (batch * 3 + Math.floor(i / size)) + 10 * position + (i % size),
    );
    return { shape: [rows, size], data };
  });
  for (batch = 0; batch < 3; batch++)
    for (const position of [0, 1]) {
      const made = await head({
        conditional: none,
        unconditional: none,
        noise: { shape: [3, size], data: new Float32Array(9) },
        position,
      });
      expect(made.data[3]).toBe(100 * (batch * 3 + 1) + 10 * position);
    }
  expect(tokens.shape).toEqual([5, 2, 3]);
  const expected = Array.from({ length: 5 }, (_, image) =>
    [0, 1].flatMap((place) => [0, 1, 2].map((k) => 100 * image + 10 * place + k)),
  ).flat();
  expect([...tokens.data]).toEqual(expected);
});
