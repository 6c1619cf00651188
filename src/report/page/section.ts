import { followPage } from '../figure/palette.ts';
import type { FigurePlace } from '../figure/table.ts';
import type { DrawnFigure, Link, PageData } from './data.ts';
import { type Fragment, Html, html } from './html.ts';

/** A part of the page under a heading. */
export interface Section {
  readonly id: string;
  readonly title: string;
  /** What it shows; nothing where the run did not measure it, and then the section is left out. */
  readonly body: (data: PageData) => Fragment;
}

const links = (all: readonly Link[]): Html =>
  html`<span class="links">${all.map(({ label, file, href }) => html`<a download="${file}" href="${href}">${label}</a>`)}</span>`;

/** A drawn figure with its caption and downloads. */
export const figureOf = ({ name, title, caption, svg, links: downloads }: DrawnFigure): Html =>
  html`<figure class="plot" id="figure-${name}">
<figcaption><strong>${title}</strong> <span>${caption}</span>${links(downloads)}</figcaption>
<div class="scroll" tabindex="0" role="group" aria-label="${title}">${new Html(followPage(svg))}</div>
</figure>`;

/** The figures of a place. */
export const figuresAt = ({ figures }: PageData, place: FigurePlace): readonly Html[] =>
  figures.filter((figure) => figure.place === place).map(figureOf);
