import type { Sharp } from 'sharp';
import { DataError } from '../../ground/errors.ts';
import { loadSharp } from './pictures.ts';

/** How a grid of images is drawn. */
export interface ImageGridOptions {
  /** Height and width of an image in pixels. */
  readonly size: number;
  readonly columns: number;
  /** Screen pixels a pixel; 2 unless given. */
  readonly scale?: number;
  /** Words above the columns, shared by all rows. */
  readonly labels?: readonly string[];
}

const GAP = 2;
const LABEL_HEIGHT = 18;
const PAPER = 255;

/**
 * Draws images [N, S, S] of bytes, row by row, dark ink on white paper, as one PNG. Throws DataError where the bytes
 * do not make whole images.
 */
export async function imageGrid(images: Uint8Array, options: ImageGridOptions): Promise<Uint8Array> {
  const { size, columns, scale = 2, labels = [] } = options;
  const count = images.length / (size * size);
  if (!Number.isInteger(count) || count === 0) {
    throw new DataError(`images: expected a multiple of ${size * size} bytes, got ${images.length}`);
  }
  const cell = size + GAP;
  const width = Math.min(columns, count) * cell + GAP;
  const height = Math.ceil(count / columns) * cell + GAP;
  const canvas = new Uint8Array(width * height).fill(PAPER);
  for (let index = 0; index < count; index++) {
    const left = GAP + (index % columns) * cell;
    const top = GAP + Math.floor(index / columns) * cell;
    paste(canvas, width, images.subarray(index * size * size, (index + 1) * size * size), { size, left, top });
  }
  const sharp = await loadSharp();
  const body = sharp(canvas, { raw: { width, height, channels: 1 } }).resize(width * scale, height * scale, {
    kernel: 'nearest',
  });
  const png = labels.length === 0 ? body : await withLabels(body, labels, { width: width * scale, cell: cell * scale });
  return png.png({ compressionLevel: 9, palette: true }).toBuffer();
}

function paste(
  canvas: Uint8Array,
  width: number,
  image: Uint8Array,
  { size, left, top }: { readonly size: number; readonly left: number; readonly top: number },
): void {
  for (let index = 0; index < image.length; index++) {
    const row = top + Math.floor(index / size);
    canvas[row * width + left + (index % size)] = PAPER - (image[index] ?? 0);
  }
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
