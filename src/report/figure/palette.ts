/** A colour on white paper and on a dark page. */
export interface Tone {
  readonly light: string;
  readonly dark: string;
}

/**
 * The colours of figures and pages by name. Series are Okabe and Ito's (jfly.uni-koeln.de/color), told apart by people
 * with any colour vision; on dark pages the same hues, lighter.
 */
export const tones = {
  ink: { light: '#1b2128', dark: '#e8ebef' },
  muted: { light: '#5c6773', dark: '#9da8b5' },
  line: { light: '#dfe3e8', dark: '#2d343c' },
  surface: { light: '#ffffff', dark: '#14181d' },
  baseline: { light: '#87919c', dark: '#7d8894' },
  floor: { light: '#b9c1ca', dark: '#4a545f' },
  warning: { light: '#f3d9a5', dark: '#5b4a25' },
  alarm: { light: '#f0bfa4', dark: '#66382a' },
  'series-1': { light: '#0072b2', dark: '#4fb0e8' },
  'series-2': { light: '#d55e00', dark: '#f58a3c' },
  'series-3': { light: '#009e73', dark: '#2fc79b' },
  'series-4': { light: '#cc79a7', dark: '#e39cc6' },
  'series-5': { light: '#e69f00', dark: '#f2bb45' },
  'series-6': { light: '#56b4e9', dark: '#8ed0f7' },
} as const satisfies Readonly<Record<string, Tone>>;

/** The name of a colour. */
export type ToneName = keyof typeof tones;

/** The colour of a figure's mark; figures are drawn in light tones and follow the page's theme where it is inline. */
export const tone = (name: ToneName): string => tones[name].light;

const seriesNames = ['series-1', 'series-2', 'series-3', 'series-4', 'series-5', 'series-6'] as const;

/** The name of the colour of the n-th student; repeats after six. */
export const seriesTone = (index: number): ToneName => seriesNames[index % seriesNames.length] ?? 'ink';

/** An SVG whose colours follow the page: `var(--ink)` where the drawing says `#1b2128`. */
export function followPage(svg: string): string {
  const names = new Map<string, string>(Object.entries(tones).map(([name, { light }]) => [light, name]));
  return svg.replace(/"(#[0-9a-f]{6})"/g, (whole, colour: string) => {
    const name = names.get(colour);
    return name === undefined ? whole : `"var(--${name})"`;
  });
}

/** An SVG on white paper, for a file that may be shown on any page. */
export const onPaper = (svg: string): string =>
  svg.replace(/<svg [^>]*>/, (head) => `${head}<rect width="100%" height="100%" fill="${tone('surface')}"/>`);
