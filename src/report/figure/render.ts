/** Vega-Lite figures as SVG text, in Node and without a canvas. Vega is loaded at the first figure, not before. */
import type { Config, TopLevelSpec } from 'vega-lite';
import { tone } from './palette.ts';
import { compactSvg } from './svg.ts';
import { textWidth } from './text-width.ts';

const FONT = 'Inter, system-ui, sans-serif';

/** Pixels around a figure with labels at its right edge: other typefaces than the embedded one set them wider. */
export const labelPadding = { left: 6, top: 6, right: 14, bottom: 6 } as const;

/** The same with names of heads at the left edge, too, which are long. */
export const namePadding = { ...labelPadding, left: 26 } as const;

/** The look of all figures. */
const config: Config = {
  aria: false,
  background: 'transparent',
  font: FONT,
  padding: 6,
  view: { stroke: null },
  axis: {
    labelColor: tone('muted'),
    titleColor: tone('ink'),
    domainColor: tone('baseline'),
    tickColor: tone('baseline'),
    gridColor: tone('line'),
    labelFontSize: 11,
    titleFontSize: 12,
    titleFontWeight: 600,
    titlePadding: 10,
    labelPadding: 5,
    tickSize: 4,
    labelLimit: 460,
  },
  axisY: {
    domain: false,
    ticks: false,
    titleAnchor: 'start',
    titleAngle: 0,
    titleAlign: 'left',
    titleBaseline: 'bottom',
    titleX: 0,
    titleY: -12,
  },
  axisX: { grid: false },
  legend: {
    orient: 'top',
    title: null,
    labelColor: tone('ink'),
    labelFontSize: 12,
    symbolSize: 70,
    symbolOpacity: 1,
    symbolStrokeWidth: 0,
    columnPadding: 18,
    rowPadding: 4,
    offset: 30,
    padding: 0,
  },
  header: {
    title: null,
    labelColor: tone('ink'),
    labelFontSize: 12,
    labelFontWeight: 600,
    labelAnchor: 'start',
    labelPadding: 8,
  },
};

/** What vega's scene graph says of a text mark that is measured. */
interface TextItem {
  readonly text?: unknown;
  readonly fontSize?: number;
  readonly fontWeight?: number | string;
}

const isBold = (weight: number | string | undefined): boolean => weight === 'bold' || Number(weight ?? 400) >= 600;

function measure(item: TextItem, line?: unknown): number {
  return textWidth(String(line ?? item.text ?? ''), item.fontSize ?? 11, isBold(item.fontWeight) ? 600 : 400);
}

/** The exports of vega's scene graph that its types leave out. */
interface SceneGraph {
  readonly textMetrics: { width: typeof measure };
  /** Names of clip paths and gradients count from zero again. */
  resetSVGDefIds(): void;
}

async function loadVega() {
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  const scene = vega as unknown as SceneGraph;
  scene.textMetrics.width = measure;
  return { vega, scene, compile };
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

/** A Vega-Lite figure. Vega-Lite checks it when it is drawn; its own types are too deep for literals. */
export type Drawing = Readonly<Record<string, unknown>>;

/** Draws a figure as SVG in light tones. `alt` says to those who cannot see it what it shows. */
export async function renderSvg(name: string, drawing: Drawing, alt: string): Promise<string> {
  const { vega, scene, compile } = await loadVega();
  scene.resetSVGDefIds();
  const view = new vega.View(vega.parse(compile(drawing as unknown as TopLevelSpec, { config }).spec), {
    renderer: 'none',
  });
  const svg = await view.toSVG();
  view.finalize();
  const head = `font-family="${FONT}" role="img" aria-label="${escaped(alt)}"`;
  return compactSvg(svg, name).replace(/<svg ([^>]*)>/, (_, attributes) => `<svg ${attributes} ${head}>`);
}
