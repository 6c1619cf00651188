/** Widths of text from the font's own tables (OpenType: cmap format 4, hhea, hmtx), as there is no canvas to ask. */
import { type FontWeight, trueTypeFont } from './font.ts';

type TableOf = (tag: string) => Buffer;

function tablesOf(font: Buffer): TableOf {
  const places = new Map<string, Buffer>();
  for (let index = 0; index < font.readUInt16BE(4); index++) {
    const at = 12 + index * 16;
    const offset = font.readUInt32BE(at + 8);
    places.set(font.toString('latin1', at, at + 4), font.subarray(offset, offset + font.readUInt32BE(at + 12)));
  }
  return (tag) => places.get(tag) ?? Buffer.alloc(64);
}

/** The glyph of every character of the basic plane that the font has. */
function glyphs(cmap: Buffer): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (let index = 0; index < cmap.readUInt16BE(2); index++) {
    const table = cmap.subarray(cmap.readUInt32BE(8 + index * 8));
    if (table.readUInt16BE(0) === 4) addSegments(table, found);
  }
  return found;
}

function addSegments(table: Buffer, found: Map<number, number>): void {
  const size = table.readUInt16BE(6); // twice the number of segments
  for (let at = 0; at < size; at += 2) {
    const [end, start] = [table.readUInt16BE(14 + at), table.readUInt16BE(16 + size + at)];
    const [delta, range] = [table.readUInt16BE(16 + 2 * size + at), table.readUInt16BE(16 + 3 * size + at)];
    for (let code = start; code <= end && code !== 0xffff; code++) {
      const place = 16 + 3 * size + at + range + 2 * (code - start);
      const glyph = range === 0 ? code : table.readUInt16BE(place);
      found.set(code, (glyph + delta) & 0xffff);
    }
  }
}

/** Advance widths in ems by code point. */
function advances(font: Buffer): ReadonlyMap<number, number> {
  const table = tablesOf(font);
  const [unitsPerEm, lastMetric] = [table('head').readUInt16BE(18), table('hhea').readUInt16BE(34) - 1];
  const metrics = table('hmtx');
  const advance = (glyph: number): number => metrics.readUInt16BE(Math.min(glyph, lastMetric) * 4) / unitsPerEm;
  return new Map([...glyphs(table('cmap'))].map(([code, glyph]) => [code, advance(glyph)]));
}

const measured = new Map<FontWeight, ReadonlyMap<number, number>>();

function advancesOf(weight: FontWeight): ReadonlyMap<number, number> {
  const known = measured.get(weight) ?? advances(trueTypeFont(weight));
  measured.set(weight, known);
  return known;
}

const UNKNOWN_ADVANCE = 0.62;

/** Width of a line of text in pixels, without kerning; characters that the font lacks count as a broad letter. */
export function textWidth(text: string, fontSize: number, weight: FontWeight = 400): number {
  const known = advancesOf(weight);
  let width = 0;
  for (const character of text) width += known.get(character.codePointAt(0) ?? 0) ?? UNKNOWN_ADVANCE;
  return width * fontSize;
}
