import type { Evaluation } from '../../evaluation/stage/result.ts';
import { count, duration, percent } from '../number.ts';
import type { PageData } from './data.ts';
import { type Fragment, type Html, html } from './html.ts';
import type { Section } from './section.ts';

const facts = (pairs: readonly (readonly [string, Fragment])[]): Html =>
  html`<dl class="facts">${pairs.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;

const hash = (text: string): Html => html`<code>${text}</code>`;

/** In which numbers students were trained, of those whose recipe does not say float32. */
function trainedIn({ trainings = [] }: Evaluation): readonly (readonly [string, Fragment])[] {
  const told = trainings.map(({ name, seed, used, speedup }) => {
    const timed = speedup !== undefined && `, int8 ${speedup.toFixed(2)} times as fast a step`;
    return html`<div>${name}, seed ${seed}: ${used}${timed}</div>`;
  });
  return told.length > 0 ? [['Trained in', html`${told}`]] : [];
}

function identity({ summary: { evaluation } }: PageData): Html {
  const { teacher, features, statistics, rows, precision } = evaluation;
  const seeds = [...new Set(rows.filter(({ kind }) => kind === 'student').map(({ seed }) => seed))];
  return facts([
    ['Recipe', html`${evaluation.recipe} ${hash(evaluation.recipeHash)}`],
    ['Teacher', html`${teacher.name}, ${count(teacher.parameters)} parameters ${hash(teacher.hash)}`],
    ...(features
      ? [
          [
            'Features',
            html`${features.name}${features.accuracy !== undefined && `, ${percent(features.accuracy)} accurate on test data`} ${hash(features.hash)}`,
          ] as const,
        ]
      : []),
    ...(statistics
      ? [
          [
            'Compared with',
            html`${statistics.name}${statistics.images !== undefined && `, ${count(statistics.images)} images`} ${hash(statistics.hash)}`,
          ] as const,
        ]
      : []),
    ...(precision ? [[`Trajectories`, `solved in ${precision.used}: ${precision.reason}`] as const] : []),
    ...trainedIn(evaluation),
    ['Seeds', seeds.join(', ') || '–'],
    ['Evaluated', `${evaluation.createdAt} on ${evaluation.samples.toLocaleString('en-US')} ${evaluation.unit}`],
  ]);
}

/** What several kinds of machines mean for the numbers. */
const mixedText =
  'Machines of several kinds worked on this run: the bytes of trajectories, weights and samples may differ in their last bits from what one kind makes.';

/** Who did the work, where it was more than one process: a line a machine. */
function makers({ summary: { evaluation } }: PageData): Fragment {
  const { workers } = evaluation;
  if (workers === undefined) return undefined;
  const kinds = [...new Set(workers.machines.flatMap(({ units }) => Object.keys(units)))];
  const head = ['Machine', 'Processor', ...kinds, 'Time'].map((title) => html`<th scope="col">${title}</th>`);
  const rows = workers.machines.map(({ host, cpu, units, seconds }) => {
    const cells = [cpu, ...kinds.map((kind) => (units[kind] ?? 0).toLocaleString('en-US')), duration(seconds)];
    return html`<tr><th scope="row">${host}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>
`;
  });
  return html`<h3>Who did the work</h3>
${workers.mixed && html`<p>${mixedText}</p>`}
<div class="scroll" tabindex="0" role="group" aria-label="Who did the work"><table><thead><tr>${head}</tr></thead><tbody>
${rows}</tbody></table></div>`;
}

/** Where the numbers come from: machine, versions, seeds, hashes, times, the recipe, and the command that repeats it. */
export const provenanceSection: Section = {
  id: 'provenance',
  title: 'How it was made',
  body: (data) => {
    const { environment, stageSeconds, command } = data.summary.evaluation;
    const stages = Object.entries(stageSeconds);
    const total = stages.reduce((sum, [, seconds]) => sum + seconds, 0);
    return html`<p>This command makes it again:</p>
<pre class="command"><code>${command}</code></pre>
${identity(data)}
<div class="pair"><div><h3>Environment</h3>${facts(Object.entries(environment).map(([name, value]) => [name, String(value)]))}</div>
${stages.length > 0 && html`<div><h3>Time</h3>${facts([...stages.map(([name, seconds]) => [name, duration(seconds)] as const), ['together', duration(total)]])}</div>`}</div>
${makers(data)}
${data.run.recipe !== '' && html`<details><summary>Resolved recipe</summary><pre><code>${data.run.recipe}</code></pre></details>`}`;
  },
};

/** The tables as files; the figures have their own links. */
export const downloadsSection: Section = {
  id: 'downloads',
  title: 'Downloads',
  body: ({ downloads }) =>
    html`<ul class="downloads">${downloads.map(({ label, file, href }) => html`<li><a download="${file}" href="${href}">${file}</a> ${label}</li>`)}</ul>
<p class="quiet">Each figure has its SVG and PNG beside its title.</p>`,
};
