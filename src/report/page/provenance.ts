import { count, duration, percent } from '../number.ts';
import type { PageData } from './data.ts';
import { type Fragment, type Html, html } from './html.ts';
import type { Section } from './section.ts';

const facts = (pairs: readonly (readonly [string, Fragment])[]): Html =>
  html`<dl class="facts">${pairs.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;

const hash = (text: string): Html => html`<code>${text}</code>`;

function identity({ summary: { evaluation } }: PageData): Html {
  const { teacher, features, statistics, rows } = evaluation;
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
    ['Seeds', seeds.join(', ') || '–'],
    ['Evaluated', `${evaluation.createdAt} on ${evaluation.samples.toLocaleString('en-US')} ${evaluation.unit}`],
  ]);
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
