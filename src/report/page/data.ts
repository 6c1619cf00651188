import type { Figure } from '../figure/table.ts';
import type { RunFiles } from '../read.ts';
import type { Summary } from '../summary.ts';
import type { Verdict } from '../verdict.ts';

/** A figure as it was drawn. */
export interface DrawnFigure extends Omit<Figure, 'draw'> {
  /** SVG in light tones, as the file has it. */
  readonly svg: string;
  /** What its links download: data URIs, or paths beside the page. */
  readonly links: readonly Link[];
}

/** Something to download. */
export interface Link {
  readonly label: string;
  readonly file: string;
  readonly href: string;
}

/** A grid of samples in a page. */
export interface GridImage {
  readonly uri: string;
  readonly width: number;
  readonly height: number;
}

/** All that a page is made from. */
export interface PageData {
  readonly run: RunFiles;
  readonly summary: Summary;
  readonly verdict: Verdict;
  readonly figures: readonly DrawnFigure[];
  /** Grids by their paths in the run's folder. */
  readonly grids: ReadonlyMap<string, GridImage>;
  readonly downloads: readonly Link[];
  /** Style rules of the typeface; empty where the page goes without. */
  readonly fontFaces: string;
}
