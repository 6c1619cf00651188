import { estimateText } from '../number.ts';
import { type Entry, entryLabel, ratioToTeacher, type Summary, summarize } from '../summary.ts';
import { type Html, html } from './html.ts';
import type { Section } from './section.ts';

/** Every head under every guidance scale that was measured, each against the teacher under the same. */
export const guidanceSection: Section = {
  id: 'guidance',
  title: 'Other guidance scales',
  body: ({ summary }) => {
    const { evaluation, metrics, ranking } = summary;
    const others = (evaluation.otherGuidance ?? []).map(({ guidance, teacherTeacher, rows }) => {
      const floors = { ...evaluation.floors, teacherTeacher };
      return [guidance, summarize({ ...evaluation, rows, floors }, metrics)] as const;
    });
    if (others.length === 0) return false;
    const all = [[summary.teacher.guidance, summary] as const, ...others].sort(([a], [b]) => a - b);
    return html`<p>${ranking.label} under each scale, and in brackets its 95 % interval; below it the ratio to the teacher’s under the same scale.</p>
<div class="scroll" tabindex="0" role="group" aria-label="Other guidance scales"><table class="inline"><thead><tr><th scope="col">Head</th>${all.map(([scale]) => html`<th scope="col">w = ${String(scale)}</th>`)}</tr></thead><tbody>
${summary.entries.map(
  (entry) => html`<tr><th scope="row">${entryLabel(entry)}</th>${all.map(([, at]) => cell(entry, at))}</tr>
`,
)}</tbody></table></div>`;
  },
};

/** The same head at the same steps under another scale. */
function cell({ kind, name, steps }: Entry, at: Summary): Html {
  const found = at.entries.find((entry) => entry.kind === kind && entry.name === name && entry.steps === steps);
  const value = found?.quality[at.ranking.name];
  if (found === undefined || value === undefined) return html`<td class="empty"></td>`;
  const ratio = found.kind === 'teacher' ? undefined : ratioToTeacher(found, at, at.ranking);
  return html`<td>${estimateText(value, at.ranking)}${ratio !== undefined && html` <small>× ${ratio.value.toFixed(2)}</small>`}</td>`;
}
