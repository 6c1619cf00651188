import type { Cost } from '../../evaluation/stage/result.ts';
import { breakEvenTokens } from '../break-even.ts';
import { count, duration, estimateText, number } from '../number.ts';
import { bestBy, type Entry, entriesOf, entryLabel, type Summary } from '../summary.ts';
import { type Html, html } from './html.ts';
import type { Section } from './section.ts';

interface Costed {
  readonly entry: Entry;
  readonly cost: Cost;
}

/** Each student once, at its best step count. */
function costed(summary: Summary): readonly Costed[] {
  return summary.students.flatMap((name) => {
    const own = entriesOf(summary, 'student').filter((entry) => entry.name === name && entry.cost);
    const entry = bestBy(summary.ranking, own) ?? own[0];
    return entry?.cost ? [{ entry, cost: entry.cost }] : [];
  });
}

function row({ entry, cost }: Costed, sharers: number, summary: Summary): Html {
  const { ranking } = summary;
  const estimate = entry.quality[ranking.name];
  const tokens = breakEvenTokens(entry, summary);
  const amortised = cost.cacheForwards / sharers + cost.trainingForwards;
  const cells = [
    count(cost.cacheForwards),
    cost.startForwards === undefined ? '' : count(cost.startForwards),
    count(cost.trainingForwards),
    html`<strong>${count(cost.totalForwards)}</strong>`,
    count(amortised),
    number(cost.trainingSteps),
    duration(cost.trainingSeconds),
    tokens === undefined ? '' : count(tokens),
    estimate ? estimateText(estimate, ranking) : '',
  ];
  return html`<tr><th scope="row">${entryLabel(entry)}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>
`;
}

const titles = ['Cache', 'Start', 'Training', 'Total', 'Amortised', 'Steps', 'Time', 'Break-even'] as const;

/** What each student cost, in head forwards, beside what it reached. */
export const costSection: Section = {
  id: 'cost',
  title: 'Equal cost',
  body: ({ summary }) => {
    const students = costed(summary);
    return (
      students.length > 0 &&
      html`<p>All in head forwards: a backward pass counts as two, guidance doubles. Making the trajectories is charged in full to each student, as if it were trained alone, and so is the training of what it started from; the amortised column shares the trajectories among the ${students.length} students of this run, of which a start is one. Break-even is how many tokens a student must make until the head forwards that it saves, against the teacher as it was measured, are those of its total.</p>
<div class="scroll" tabindex="0" role="group" aria-label="Training cost"><table><thead><tr><th scope="col">Student at its best</th>${titles.map((title) => html`<th scope="col">${title}</th>`)}<th scope="col">${summary.ranking.label}</th></tr></thead><tbody>
${students.map((student) => row(student, students.length, summary))}</tbody></table></div>`
    );
  },
};
