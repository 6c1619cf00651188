import type { Sharp } from 'sharp';
import { DataError } from '../../ground/errors.ts';
import { type HostTensor, sizeOf } from '../../ground/host-tensor.ts';
import { loadSharp } from './pictures.ts';

/** How a grid of images is drawn. */
export interface ImageGridOptions {
  readonly columns: number;
  /** Whether 0 is shown as white: ink on paper. */
  readonly inverted: boolean;
  /** How many are drawn at most; all unless given. */
  readonly count?: number;
  /** Screen pixels a pixel; 2 unless given. */
  readonly scale?: number;
  /** Words above the columns, shared by all rows. */
  readonly labels?: readonly string[];
}

/** Pixels between the images of a grid, and around them. */
export const gridGap = 2;
const LABEL_HEIGHT = 18;
const PAPER = 255;

/**
 * Draws images [N, height, width] (grey) or [N, height, width, 3] (colour) of 0 to 1, row by row on white, as one PNG.
 * Throws DataError where there is no image or the values do not make the shape.
 */
export async function imageGrid(images: HostTensor<Float32Array>, options: ImageGridOptions): Promise<Uint8Array> {
  const { scale = 2, labels = [] } = options;
  const { canvas, width, height, channels, cell } = canvasOf(images, options);
  const sharp = await loadSharp();
  const body = sharp(canvas, { raw: { width, height, channels } }).resize(width * scale, height * scale, {
    kernel: 'nearest',
  });
  const png = labels.length === 0 ? body : await withLabels(body, labels, { width: width * scale, cell: cell * scale });
  // a palette would cost colours
  return png.png({ compressionLevel: 9, palette: channels === 1 }).toBuffer();
}

function canvasOf({ shape, data }: HostTensor<Float32Array>, { columns, inverted, count: most }: ImageGridOptions) {
  const [all = 0, high = 0, wide = 0, channels = 1] = shape;
  const count = Math.min(all, most ?? all);
  if (count < 1 || sizeOf(shape) !== data.length || (channels !== 1 && channels !== 3)) {
    throw new DataError(`images: expected [N, height, width] or [N, height, width, 3], got [${shape.join(', ')}]`);
  }
  const [cellHeight, cellWidth, size] = [high + gridGap, wide + gridGap, high * wide * channels];
  const width = Math.min(columns, count) * cellWidth + gridGap;
  const height = Math.ceil(count / columns) * cellHeight + gridGap;
  const canvas = new Uint8Array(width * height * channels).fill(PAPER);
  for (let index = 0; index < count * size; index++) {
    const image = Math.floor(index / size);
    const pixel = Math.floor((index % size) / channels);
    const row = gridGap + Math.floor(image / columns) * cellHeight + Math.floor(pixel / wide);
    const column = gridGap + (image % columns) * cellWidth + (pixel % wide);
    const level = Math.round(PAPER * (data[index] ?? 0));
    canvas[(row * width + column) * channels + (index % channels)] = inverted ? PAPER - level : level;
  }
  return { canvas, width, height, channels, cell: cellWidth } as const;
}

async function withLabels(
  body: Sharp,
  labels: readonly string[],
  { width, cell }: { readonly width: number; readonly cell: number },
): Promise<Sharp> {
  const words = labels.map((label, column) => {
    const middle = (column + 0.5) * cell;
    return `<text x="${middle}" y="13" font-size="12" font-family="sans-serif" text-anchor="middle">${escapeXml(label)}</text>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${LABEL_HEIGHT}">${words.join('')}</svg>`;
  const grid = await body.png().toBuffer();
  const sharp = await loadSharp();
  return sharp(await sharp(grid).extend({ top: LABEL_HEIGHT, background: '#fff' }).png().toBuffer()).composite([
    { input: Buffer.from(svg), top: 0, left: 0 },
  ]);
}

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
