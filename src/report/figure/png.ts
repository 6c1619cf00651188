import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type SharpModule from 'sharp';
import { loadResvg, loadSharp } from '../../teachers/data/pictures.ts';
import { fontWeights, trueTypeFont } from './font.ts';

/** Writes the font's weights into a folder, as resvg takes paths; gives the paths. */
function fontFiles(folder: string): string[] {
  return fontWeights.map((weight) => {
    const path = join(folder, `inter-${weight}.ttf`);
    writeFileSync(path, trueTypeFont(weight));
    return path;
  });
}

/** The semibold weight calls itself a family of its own. */
const withFamilies = (svg: string): string =>
  svg.replaceAll('font-weight="600"', 'font-weight="600" font-family="Inter SemiBold"');

/** Few colours are enough for lines and text: a third of the size. */
const smaller = (sharp: typeof SharpModule, png: Buffer): Promise<Buffer> =>
  sharp(png).png({ palette: true, effort: 4 }).toBuffer();

/** SVGs as PNGs on white, two pixels a unit. No font of the system is used, so they are the same everywhere. */
export async function renderPngs(svgs: readonly string[]): Promise<readonly Buffer[]> {
  const [Resvg, sharp] = await Promise.all([loadResvg(), loadSharp()]);
  const folder = mkdtempSync(join(tmpdir(), 'fewstep-font-'));
  try {
    const font = {
      fontFiles: fontFiles(folder),
      loadSystemFonts: false,
      defaultFontFamily: 'Inter',
      sansSerifFamily: 'Inter',
    };
    const drawn = svgs.map((svg) =>
      new Resvg(withFamilies(svg), { background: '#ffffff', fitTo: { mode: 'zoom', value: 2 }, font }).render().asPng(),
    );
    return await Promise.all(drawn.map((png) => smaller(sharp, png)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
