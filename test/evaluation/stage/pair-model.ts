import type { ImageModel, ImageRequest } from '../../../src/teachers/teacher.ts';
import { hiddenAt, unpromptedAt } from '../../straight-teacher.ts';

const token = 2;

/** An image model of two tokens whose hidden states are those of the straight teacher; an image is its two tokens. */
export function pairModel(requests: ImageRequest[], secondsAnImage = 0.01): ImageModel {
  const tokens = 2;
  return {
    tokens,
    prompts: ['a', 'b', 'c'],
    inverted: true,
    blank: { value: new Float32Array(token), tolerance: new Float32Array(token) },
    real: () => {
      throw new Error('no real images');
    },
    generate: async (request, head) => {
      requests.push(request);
      const count = request.labels.length;
      const images = new Float32Array(count * tokens * token);
      const state = (at: typeof hiddenAt) => ({
        shape: [count, token],
        data: Float32Array.from({ length: count * token }, (_, i) => at('test', Math.floor(i / token), i % token)),
      });
      for (let position = 0; position < tokens; position++) {
        const places = Array.from({ length: count }, (_, i) => (i * tokens + position) * token);
        const noise = Float32Array.from(
          places.flatMap((place) => [...request.noise.data.subarray(place, place + token)]),
        );
        const made = await head({
          conditional: state(hiddenAt),
          unconditional: state(unpromptedAt),
          noise: { shape: [count, token], data: noise },
          position,
        });
        for (const [i, place] of places.entries()) images.set(made.data.subarray(i * token, (i + 1) * token), place);
      }
      const seconds = secondsAnImage * count;
      return { images: { shape: [count, tokens, token], data: images }, headSeconds: 0.6 * seconds, seconds };
    },
  };
}
