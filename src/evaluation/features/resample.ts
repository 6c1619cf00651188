/**
 * Resampling of images by separable filters as Pillow's (`Image.resize` on floats): the centres of pixels stand at half
 * numbers, weights at the border are renormalised, and where an image shrinks the filter is as much wider, so that
 * nothing aliases. Where it grows, bilinear is PyTorch's `interpolate` without aligned corners.
 */
import type { HostTensor } from '../../ground/host-tensor.ts';

/** A filter about 0, and where it ends, in pixels of the larger spacing. */
interface Filter {
  readonly reach: number;
  readonly weight: (x: number) => number;
}

const cubic = (x: number): number => {
  const a = -0.5; // Keys 1981, as Pillow; PyTorch has −0.75
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
};

const filters = {
  bilinear: { reach: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { reach: 2, weight: (x) => cubic(Math.abs(x)) },
  area: { reach: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
} as const satisfies Readonly<Record<string, Filter>>;

/** The name of a filter. */
export type FilterName = keyof typeof filters;

/** What one new pixel is made of: weights of the old ones from a first one on. */
interface Tap {
  readonly from: number;
  readonly weights: Float64Array;
}

function tapsOf(from: number, to: number, { reach, weight }: Filter): readonly Tap[] {
  const scale = from / to;
  const wider = Math.max(scale, 1);
  return Array.from({ length: to }, (_, place) => {
    const centre = (place + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - reach * wider + 0.5));
    const end = Math.min(from, Math.floor(centre + reach * wider + 0.5));
    const weights = Float64Array.from({ length: end - first }, (_, i) => weight((first + i - centre + 0.5) / wider));
    const sum = weights.reduce((total, one) => total + one, 0);
    return { from: first, weights: weights.map((one) => one / sum) };
  });
}

/** Resizes images [N, height, width, channels] to other sides; the same array where the sides are those already. */
export function resampled(
  images: HostTensor<Float32Array>,
  [height, width]: readonly [number, number],
  name: FilterName,
): HostTensor<Float32Array> {
  const [count = 0, high = 0, wide = 0, channels = 0] = images.shape;
  const filter = filters[name];
  const across =
    wide === width ? images.data : along(images.data, count * high, channels, tapsOf(wide, width, filter), wide);
  const down = high === height ? across : along(across, count, width * channels, tapsOf(high, height, filter), high);
  return { shape: [count, height, width, channels], data: down };
}

/** Resamples the middle axis of [outer, size, inner]. */
function along(data: Float32Array, outer: number, inner: number, taps: readonly Tap[], size: number): Float32Array {
  const out = new Float32Array(outer * taps.length * inner);
  const sums = new Float64Array(inner);
  for (let row = 0; row < outer; row++) {
    taps.forEach(({ from, weights }, place) => {
      sums.fill(0);
      weights.forEach((weight, i) => {
        const at = (row * size + from + i) * inner;
        for (let k = 0; k < inner; k++) sums[k] = (sums[k] as number) + weight * (data[at + k] as number);
      });
      out.set(sums, (row * taps.length + place) * inner);
    });
  }
  return out;
}
