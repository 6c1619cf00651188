import type { HostTensor } from '../../ground/host-tensor.ts';
import { tones } from '../../report/figure/palette.ts';
import { renderPngs } from '../../report/figure/png.ts';
import { type Html, html } from '../../report/page/html.ts';
import { gridGap, imageGrid } from '../../teachers/data/image-grid.ts';

/** Images under a name: rows of a sheet. */
export interface SampleBlock {
  readonly label: string;
  /** [N, height, width] or [N, height, width, 3] in [0, 1]. */
  readonly images: HostTensor<Float32Array>;
  /** Whether 0 is shown as white. */
  readonly inverted: boolean;
}

const MARGIN = 12;
const HEADER = 14;
const GAP = 8;
const LABELS = 190;
/** Pixels of the PNG a unit of the page and a pixel of an image. */
const ZOOM = 2;

/** Draws blocks of images below one another as one PNG, their names to the left, the prompts above the columns. */
export async function sampleSheet(blocks: readonly SampleBlock[], prompts: readonly string[]): Promise<Buffer> {
  const [, high = 1, wide = 1] = blocks[0]?.images.shape ?? [];
  const cell = { height: high + gridGap, width: wide + gridGap };
  const drawn: Html[] = prompts.map((prompt, column) =>
    title(prompt, LABELS + (column + 0.5) * cell.width + gridGap / 2),
  );
  let top = MARGIN + HEADER;
  for (const block of blocks) {
    const { element, height } = await drawBlock(block, { columns: prompts.length, cell, top });
    drawn.push(element);
    top += height + GAP;
  }
  const [width, height] = [LABELS + prompts.length * cell.width + gridGap + MARGIN, top - GAP + MARGIN];
  const svg = html`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${drawn}</svg>`;
  const [sheet] = await renderPngs([svg.text]);
  return sheet ?? Buffer.alloc(0);
}

/** An image and the gap beside it. */
interface Cell {
  readonly height: number;
  readonly width: number;
}

const title = (prompt: string, middle: number): Html =>
  html`<text x="${middle}" y="${MARGIN + 8}" text-anchor="middle" font-size="9" fill="${tones.muted.light}">${prompt}</text>`;

async function drawBlock(
  { label, images, inverted }: SampleBlock,
  { columns, cell, top }: { readonly columns: number; readonly cell: Cell; readonly top: number },
): Promise<{ readonly element: Html; readonly height: number }> {
  const [width, height] = [
    columns * cell.width + gridGap,
    Math.ceil((images.shape[0] ?? 0) / columns) * cell.height + gridGap,
  ];
  const png = await imageGrid(images, { columns, inverted, scale: ZOOM });
  const uri = `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
  const element = html`<text x="${MARGIN}" y="${top + height / 2 + 4}" font-size="11" fill="${tones.ink.light}">${label}</text>
<image x="${LABELS}" y="${top}" width="${width}" height="${height}" href="${uri}"/>`;
  return { element, height };
}
