/**
 * The typeface of figures (Inter, SIL Open Font License, from npm), so that PNGs look the same on machines without
 * fonts. resvg reads TrueType; the package has WOFF 1.0 (w3.org/TR/WOFF), which is TrueType with deflated tables.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { inflateSync } from 'node:zlib';
import { FileError } from '../../ground/errors.ts';

/** A weight of the typeface: regular or semibold. */
export type FontWeight = 400 | 600;

const HEADER = 44;
const WOFF_ENTRY = 20;
const TRUETYPE_HEADER = 12;
const TRUETYPE_ENTRY = 16;

interface FontTable {
  readonly tag: number;
  readonly checksum: number;
  readonly bytes: Buffer;
}

/** The path of a font file of the package. */
function fontPath(weight: FontWeight, extension: 'woff' | 'woff2'): string {
  return createRequire(import.meta.url).resolve(`@fontsource/inter/files/inter-latin-${weight}-normal.${extension}`);
}

/** The weights that figures and pages use. */
export const fontWeights: readonly FontWeight[] = [400, 600];

/** Style rules that bring the typeface into a page as WOFF 2.0. */
export const pageFontFaces = (): string =>
  fontWeights
    .map((weight) => {
      const data = readFileSync(fontPath(weight, 'woff2')).toString('base64');
      return `@font-face{font-family:Inter;font-weight:${weight};src:url(data:font/woff2;base64,${data}) format("woff2")}`;
    })
    .join('');

/** The font as TrueType, for resvg and for measuring text. */
export const trueTypeFont = (weight: FontWeight): Buffer => fromWoff(readFileSync(fontPath(weight, 'woff')));

/** The tables of a WOFF 1.0 file, in the order of their tags. */
function woffTables(woff: Buffer): readonly FontTable[] {
  if (woff.toString('latin1', 0, 4) !== 'wOFF') throw new FileError('font: expected a WOFF 1.0 file');
  return Array.from({ length: woff.readUInt16BE(12) }, (_, index) => {
    const at = HEADER + index * WOFF_ENTRY;
    const [offset, packed, length] = [woff.readUInt32BE(at + 4), woff.readUInt32BE(at + 8), woff.readUInt32BE(at + 12)];
    const bytes = woff.subarray(offset, offset + packed);
    return {
      tag: woff.readUInt32BE(at),
      checksum: woff.readUInt32BE(at + 16),
      bytes: packed < length ? inflateSync(bytes) : bytes,
    };
  });
}

const padded = (length: number): number => Math.ceil(length / 4) * 4;

/** TrueType bytes of a WOFF 1.0 file. */
export function fromWoff(woff: Buffer): Buffer {
  const tables = woffTables(woff);
  const power = Math.floor(Math.log2(tables.length));
  const start = TRUETYPE_HEADER + tables.length * TRUETYPE_ENTRY;
  const font = Buffer.alloc(start + tables.reduce((sum, { bytes }) => sum + padded(bytes.length), 0));
  font.writeUInt32BE(woff.readUInt32BE(4), 0);
  font.writeUInt16BE(tables.length, 4);
  font.writeUInt16BE(2 ** power * 16, 6);
  font.writeUInt16BE(power, 8);
  font.writeUInt16BE((tables.length - 2 ** power) * 16, 10);
  let offset = start;
  for (const [index, { tag, checksum, bytes }] of tables.entries()) {
    const entry = TRUETYPE_HEADER + index * TRUETYPE_ENTRY;
    for (const [place, value] of [tag, checksum, offset, bytes.length].entries())
      font.writeUInt32BE(value, entry + place * 4);
    bytes.copy(font, offset);
    offset += padded(bytes.length);
  }
  return font;
}
