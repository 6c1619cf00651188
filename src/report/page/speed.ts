import { number, percent, times } from '../number.ts';
import { type Entry, entryLabel, type Summary } from '../summary.ts';
import { type Html, html } from './html.ts';
import { latencyText } from './latency.ts';
import { figuresAt, type Section } from './section.ts';

const timed = ({ entries }: Summary): readonly Entry[] =>
  entries.filter(({ speed, kind }) => speed && kind !== 'solver');

function latencyTable(entries: readonly Entry[]): Html | false {
  const batches = [...new Set(entries.flatMap(({ speed }) => speed?.latency.map(({ batch }) => batch) ?? []))].sort(
    (a, b) => a - b,
  );
  const cell = ({ speed }: Entry, size: number): Html => {
    const latency = speed?.latency.find(({ batch }) => batch === size);
    return latency === undefined ? html`<td class="empty"></td>` : html`<td>${latencyText(latency)}</td>`;
  };
  const rows = entries.map(
    (
      entry,
    ) => html`<tr><th scope="row">${entryLabel(entry)}</th>${batches.map((batch) => cell(entry, batch))}<td>${entry.speed?.headShare === undefined ? '' : percent(entry.speed.headShare)}</td><td>${entry.speed?.amdahlLimit === undefined ? '' : times(entry.speed.amdahlLimit)}</td></tr>
`,
  );
  return (
    batches.length > 0 &&
    html`<h3>Head latency: median, then 90th and 99th percentile</h3>
<div class="scroll" tabindex="0" role="group" aria-label="Latency of the head"><table><thead><tr><th scope="col">Head</th>${batches.map((batch) => html`<th scope="col">Batch ${batch}</th>`)}<th scope="col" title="Share of the time of an image that is spent in the head">Head’s share</th><th scope="col" title="How much faster an image could become if the head cost nothing">Amdahl limit</th></tr></thead><tbody>
${rows}</tbody></table></div>`
  );
}

function amdahl({ teacher, entries }: Summary): Html | false {
  const { headShare, amdahlLimit } = teacher.speed ?? {};
  if (headShare === undefined || amdahlLimit === undefined) return false;
  const best = Math.max(0, ...entries.filter(({ kind }) => kind === 'student').map(({ speedup }) => speedup ?? 0));
  return html`<p>The teacher spends ${percent(headShare)} of an image’s time in its head, so by Amdahl’s law no head, however fast, makes images more than <strong>${times(amdahlLimit)}</strong> faster on this machine.${best > 0 && html` The fastest student reaches ${times(best)}, ${number((best / amdahlLimit) * 100)} % of that limit.`}</p>`;
}

/** How fast heads and whole images are, and how fast images could become. */
export const speedSection: Section = {
  id: 'speed',
  title: 'Speed',
  body: (data) => {
    const entries = timed(data.summary);
    return (
      entries.length > 0 &&
      html`${data.summary.speedBasis === 'image' && amdahl(data.summary)}${figuresAt(data, 'speed')}${latencyTable(entries)}`
    );
  },
};
