import { describe, expect, it } from 'vitest';
import { followPage, onPaper, tones } from '../../../src/report/figure/palette.ts';
import { compactSvg } from '../../../src/report/figure/svg.ts';

describe('a compact SVG', () => {
  it('rounds numbers in tags and leaves text alone', () => {
    expect(compactSvg('<g><path d="M1.23456,2e-7L-0.5,3"/><text x="0.1000001">0.123456</text></g>', 'a')).toBe(
      '<g><path d="M1.23,2e-7L-0.5,3"/><text x="0.1">0.123456</text></g>',
    );
  });

  it('writes what elements share on their group, and no more than that', () => {
    expect(
      compactSvg(
        '<g><line y="1" stroke="#fff" stroke-width="1"/><line y="2" stroke="#fff" stroke-width="2"/></g>',
        'a',
      ),
    ).toBe('<g stroke="#fff"><line y="1" stroke-width="1"/><line y="2" stroke-width="2"/></g>');
  });

  it('does not touch text that looks like an attribute', () => {
    const svg = '<g><text fill="#fff"> fill="#fff"</text><text fill="#fff">b</text></g>';
    expect(compactSvg(svg, 'a')).toBe('<g fill="#fff"><text> fill="#fff"</text><text>b</text></g>');
  });

  it('gives clip paths the figure’s name', () => {
    expect(compactSvg('<clipPath id="clip0"></clipPath><g clip-path="url(#clip0)">x</g>', 'loss')).toBe(
      '<clipPath id="loss-clip0"></clipPath><g clip-path="url(#loss-clip0)">x</g>',
    );
  });
});

describe('the palette', () => {
  it('follows the page’s theme inline', () => {
    expect(followPage(`<path fill="${tones.ink.light}" stroke="#123456"/>`)).toBe(
      '<path fill="var(--ink)" stroke="#123456"/>',
    );
  });

  it('stands on white paper as a file', () => {
    expect(onPaper('<svg width="1"><g/></svg>')).toBe(
      '<svg width="1"><rect width="100%" height="100%" fill="#ffffff"/><g/></svg>',
    );
  });

  it('has a colour of its own for each name, so that following the page is unambiguous', () => {
    const light = Object.values(tones).map((tone) => tone.light);
    expect(new Set(light).size).toBe(light.length);
  });

  it.each(['light', 'dark'] as const)('has legible text on its %s surface (WCAG AA, 4.5)', (theme) => {
    const luminance = (colour: string): number => {
      const [red = 0, green = 0, blue = 0] = [1, 3, 5]
        .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
        .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const contrast = (a: string, b: string): number => {
      const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
      return (light + 0.05) / (dark + 0.05);
    };
    for (const name of ['ink', 'muted'] as const)
      expect(contrast(tones[name][theme], tones.surface[theme])).toBeGreaterThan(4.5);
  });
});
