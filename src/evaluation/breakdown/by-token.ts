import type { HostTensor } from '../../ground/host-tensor.ts';
import { dispersionRatio } from '../statistics/dispersion.ts';
import type { Draws } from '../statistics/draws.ts';
import { energyDistance } from '../statistics/energy-distance.ts';
import type { ByToken } from './breakdown.ts';
import { rounded } from './rounded.ts';

/**
 * Distance and spread of the tokens of images [n, L, D] whose labels go round `prompts` prompts, place by place, among images
 * of one prompt; means over prompts. Both sets from different noise. Nothing with fewer than two images a prompt.
 */
export function byToken(
  samples: HostTensor<Float32Array>,
  reference: HostTensor<Float32Array>,
  prompts: number,
): ByToken | undefined {
  const [images = 0, length = 0] = samples.shape;
  const draws = Math.floor(images / prompts);
  if (draws < 2) return undefined;
  const places = Array.from({ length }, (_, place) => {
    const [own, theirs] = [drawsAt(samples, place, prompts, draws), drawsAt(reference, place, prompts, draws)];
    const spread = dispersionRatio(own, theirs);
    return { energyDistance: rounded(energyDistance(own, theirs).value), dispersion: spread && rounded(spread.value) };
  });
  return {
    energyDistance: places.map((place) => place.energyDistance),
    dispersion: places.map(({ dispersion }) => dispersion ?? null),
  };
}

/** The tokens at a place by prompt: [prompts, draws, D]. */
function drawsAt(
  { shape: [, length = 0, size = 0], data }: HostTensor<Float32Array>,
  place: number,
  prompts: number,
  draws: number,
): Draws {
  const out = new Float32Array(prompts * draws * size);
  for (let prompt = 0; prompt < prompts; prompt++)
    for (let draw = 0; draw < draws; draw++) {
      const from = ((draw * prompts + prompt) * length + place) * size;
      out.set(data.subarray(from, from + size), (prompt * draws + draw) * size);
    }
  return { shape: [prompts, draws, size], data: out };
}
