// An image data set: light bars, discs and squares on dark ground, drawn by code.
// fewstep teacher train docs/plugins/data-set.yaml --allow-plugins
import { definePlugin, type ImageDataSet, stream } from 'fewstep';

const side = 16;
const counts = { train: 512, test: 128 };
const [dark, light] = [20, 230];

/** Whether a pixel, relative to the middle of a shape of a radius, belongs to it; by class. */
const shapes: Readonly<Record<string, (y: number, x: number, radius: number) => boolean>> = {
  row: (y) => Math.abs(y) <= 1,
  column: (_, x) => Math.abs(x) <= 1,
  disc: (y, x, radius) => y * y + x * x <= radius * radius,
  square: (y, x, radius) => Math.max(Math.abs(y), Math.abs(x)) <= radius,
};
const drawn = Object.values(shapes);

const grey: ImageDataSet = {
  title: 'Grey shapes',
  summary: '512 + 128 light shapes on dark ground, 16 × 16, drawn by code.',
  origin: 'drawn by code',
  thing: 'shape',
  things: 'shapes',
  size: [side, side],
  channels: 1,
  counts,
  prompts: Object.keys(shapes),
  alphabet: 'abcdefghijklmnopqrstuvwxyz',
  patch: { sides: [4, 8], default: 8 },
  blank: [dark],
  inverted: false,
  remarks: [],
  load: (split) => {
    const count = counts[split];
    const labels = Uint8Array.from({ length: count }, (_, i) => i % drawn.length);
    const numbers = stream('grey', split);
    const [places, radii] = [numbers.integers(2 * count, 6), numbers.integers(count, 3)];
    const images = Uint8Array.from({ length: count * side * side }, (_, i) => {
      const [image, pixel] = [Math.floor(i / (side * side)), i % (side * side)];
      const y = Math.floor(pixel / side) - 5 - (places[2 * image] ?? 0);
      const x = (pixel % side) - 5 - (places[2 * image + 1] ?? 0);
      return drawn[image % drawn.length]?.(y, x, 2 + (radii[image] ?? 0)) ? light : dark;
    });
    return { count, images, labels };
  },
};

export default definePlugin({ dataSets: { grey } });
