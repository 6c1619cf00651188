import { describe, expect, it } from 'vitest';
import { FileError } from '../../../src/ground/errors.ts';
import { fromWoff, trueTypeFont } from '../../../src/report/figure/font.ts';
import { textWidth } from '../../../src/report/figure/text-width.ts';

describe('the font', () => {
  it('is TrueType whose tables have the checksums that its directory says', () => {
    const font = trueTypeFont(400);
    expect(font.readUInt32BE(0)).toBe(0x00010000);
    for (let index = 0; index < font.readUInt16BE(4); index++) {
      const at = 12 + index * 16;
      const [checksum, offset, length] = [4, 8, 12].map((place) => font.readUInt32BE(at + place));
      const tag = font.toString('latin1', at, at + 4);
      let sum = 0;
      for (let place = 0; place < (length ?? 0); place += 4) {
        const word = Buffer.alloc(4);
        font.copy(word, 0, (offset ?? 0) + place, (offset ?? 0) + Math.min(place + 4, length ?? 0));
        if (!(tag === 'head' && place === 8)) sum = (sum + word.readUInt32BE(0)) >>> 0; // head's own sum of the file
      }
      expect(`${tag} ${sum}`).toBe(`${tag} ${checksum}`);
    }
  });

  it('refuses other files', () => {
    expect(() => fromWoff(Buffer.from('wOF2 and so on'))).toThrow(FileError);
  });
});

describe('the width of text', () => {
  it('is what a browser measures without kerning', () => {
    expect(textWidth('0', 100)).toBeCloseTo(63.0859375, 6);
    expect(textWidth('trajectory, 4 steps', 100)).toBeCloseTo(860.15625, 5);
  });

  it('is larger in semibold', () => {
    expect(textWidth('teacher', 12, 600)).toBeGreaterThan(textWidth('teacher', 12));
  });

  it('counts characters that the font lacks as a broad letter', () => {
    expect(textWidth('漢字', 100)).toBeCloseTo(124);
  });
});
