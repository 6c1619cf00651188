import { diagnostics, findings } from '../finding/table.ts';
import type { PageData } from './data.ts';
import { type Html, html } from './html.ts';
import { figuresAt, type Section } from './section.ts';

/** What was found wrong, by what numbers and what to change; or what was looked for and not found. */
export const diagnosisSection: Section = {
  id: 'diagnosis',
  title: 'Diagnosis',
  body: (data) => {
    const { evaluation } = data.summary;
    // Evaluations of earlier versions hold too little to say that nothing was found.
    if (evaluation.floors.breakdown === undefined) return false;
    return html`${found(data)}${figuresAt(data, 'diagnosis')}`;
  },
};

function found({ summary, run }: PageData): Html {
  const all = findings({ summary, training: run.training });
  const looked = html`<details><summary>What was looked for</summary><p>${diagnostics.map(({ title }) => title.toLowerCase()).join(', ')}.</p></details>`;
  if (all.length === 0)
    return html`<p>Nothing was found that the numbers of this run would show.</p>
${looked}`;
  return html`<ul class="diagnoses">${all.map(({ title, where, evidence, advice }) => html`<li><span class="chip fair">${title}</span><div><strong>${where}</strong> ${evidence} <em>${advice}</em></div></li>`)}</ul>
${looked}`;
}
