import { followPage } from '../figure/palette.ts';
import { Html, html } from './html.ts';
import { document } from './page.ts';

/** What a comparison's page shows. */
export interface ComparisonPage {
  readonly titles: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What keeps the numbers from being compared. */
  readonly notes: readonly string[];
  readonly figures: readonly { readonly title: string; readonly svg: string }[];
  readonly fontFaces: string;
}

const words = new Set(['Run', 'Head']);

/** Runs side by side as HTML: a sortable table and figures. */
export function comparisonPage({ titles, rows, notes, figures, fontFaces }: ComparisonPage): string {
  const kind = titles.map((title) => (words.has(title) ? 'text' : 'number'));
  const cell = (text: string, index: number): Html =>
    html`<td class="${kind[index]}" data-sort="${kind[index] === 'text' ? text : Number.parseFloat(text.replaceAll(',', '').replace('−', '-')) || ''}">${text}</td>`;
  const plots = figures.map(
    ({ title, svg }) =>
      html`<section><h2>${title}</h2><figure class="plot"><div class="scroll" tabindex="0" role="group" aria-label="${title}">${new Html(followPage(svg))}</div></figure></section>`,
  );
  const body = html`<header><div class="bar"><span class="brand">fewstep</span><button type="button" id="theme" hidden aria-label="Switch between light and dark">◐</button></div>
<h1>Runs compared</h1>
${notes.map((note) => html`<p class="quiet">${note}</p>`)}</header>
<section><div class="scroll" tabindex="0" role="group" aria-label="Runs compared"><table class="sortable">
<thead><tr>${titles.map((title, index) => html`<th scope="col" class="${kind[index]}"><button type="button">${title}</button></th>`)}</tr></thead>
<tbody>
${rows.map((row) => html`<tr>${row.map(cell)}</tr>\n`)}</tbody></table></div></section>
${plots}`;
  return document('Runs compared: fewstep', fontFaces, body);
}
