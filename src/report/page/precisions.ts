import { precisionBasis, precisionRows, precisionSentences, precisionTitles } from '../precisions.ts';
import { html } from './html.ts';
import type { Section } from './section.ts';

/** What exported students lose and save in other precisions than float32, a table a student. */
export const precisionsSection: Section = {
  id: 'precisions',
  title: 'Exports',
  body: ({ run }) =>
    Object.entries(run.precisions).map(([student, measured]) => {
      const head = precisionTitles.map((title) => html`<th scope="col">${title}</th>`);
      const rows = precisionRows(measured).map(([file = '', ...cells]) => {
        const shown = cells.map((cell) => html`<td>${cell}</td>`);
        return html`<tr><th scope="row">${file}</th>${shown}</tr>
`;
      });
      return html`<h3>${student}</h3>
<div class="scroll" tabindex="0" role="group" aria-label="Exports of ${student}"><table><thead><tr>${head}</tr></thead><tbody>
${rows}</tbody></table></div>
<ul>${precisionSentences(measured).map((sentence) => html`<li>${sentence}</li>`)}</ul>
<p>${precisionBasis(measured)}</p>
`;
    }),
};
