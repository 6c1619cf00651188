import { DataError } from '../../ground/errors.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { type FilterName, resampled } from './resample.ts';

/** How a network takes images. */
export interface InputFormat {
  readonly layout: 'nchw' | 'nhwc';
  readonly channels: 1 | 3;
  /** What pixels from 0 to 1 become: from low to high, or by mean and deviation of colours. */
  readonly range:
    | readonly number[]
    | 'imagenet'
    | { readonly mean: readonly number[]; readonly std: readonly number[] };
  readonly resize: FilterName;
  /** The sides that images are resized to; left as they are where absent. */
  readonly size?: readonly [height: number, width: number];
}

/** Mean and deviation of ImageNet's colours (torchvision). */
const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

/**
 * Images [N, height, width] or [N, height, width, 3] from 0 to 1 as a network takes them: rounded to bytes, as image files
 * hold them; resized; held to 0 to 1; in the network's range, layout and channels. Throws DataError for colours where it
 * takes one channel.
 */
export function inputImages({ shape, data }: HostTensor<Float32Array>, format: InputFormat): HostTensor<Float32Array> {
  const [count = 0, high = 0, wide = 0, depth = 1] = shape;
  if (depth > format.channels) throw new DataError('images: expected grey ones, which a network of one channel takes');
  const bytes = { shape: [count, high, wide, depth], data: data.map((value) => Math.round(255 * unit(value)) / 255) };
  const [height, width] = format.size ?? [high, wide];
  const sized = resampled(bytes, [height, width], format.resize).data;
  const { channels, layout } = format;
  const { scale, shift } = affineOf(format);
  const area = height * width;
  const out = new Float32Array(count * area * channels);
  for (let pixel = 0; pixel < count * area; pixel++) {
    const image = Math.floor(pixel / area);
    for (let channel = 0; channel < channels; channel++) {
      const value = unit(sized[pixel * depth + (depth === 1 ? 0 : channel)] as number);
      const place =
        layout === 'nhwc' ? pixel * channels + channel : (image * channels + channel) * area + (pixel % area);
      out[place] = value * (scale[channel] as number) + (shift[channel] as number);
    }
  }
  return { shape: layout === 'nhwc' ? [count, height, width, channels] : [count, channels, height, width], data: out };
}

const unit = (value: number): number => Math.min(1, Math.max(0, value));

/** A factor and a summand a channel. */
function affineOf({ range, channels }: InputFormat): { readonly scale: number[]; readonly shift: number[] } {
  if (Array.isArray(range)) {
    const [low = 0, high = 1] = range;
    return { scale: Array(channels).fill(high - low), shift: Array(channels).fill(low) };
  }
  const { mean, std } = range === 'imagenet' ? imagenet : (range as typeof imagenet);
  return { scale: std.map((one) => 1 / one), shift: mean.map((one, i) => -one / (std[i] as number)) };
}
