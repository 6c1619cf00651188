import type { CommandFloor, CommandRow } from '../../evaluation/command/result.ts';
import type { Evaluation } from '../../evaluation/stage/result.ts';
import { type CommandMetric, commandBasis, commandMetrics, commandStanding, floorAt } from '../by-command.ts';
import { duration, intervalText, valueText } from '../number.ts';
import { type Fragment, type Html, html } from './html.ts';
import type { Section } from './section.ts';

type ByCommand = NonNullable<Evaluation['byCommand']>;

/** What the user's own closed loop measured. */
export const byCommandSection: Section = {
  id: 'by-command',
  title: 'Measured by your command',
  body: ({ summary: { evaluation } }) => evaluation.byCommand !== undefined && body(evaluation.byCommand),
};

function body(byCommand: ByCommand): Html {
  const metrics = commandMetrics(byCommand);
  const scales = [...new Set(byCommand.rows.map(({ guidance }) => guidance))];
  return html`<p>Your own program ran your whole model with each head: <code>${byCommand.run.join(' ')}</code>. ${commandBasis(byCommand)}</p>
<div class="scroll" tabindex="0" role="group" aria-label="Measured by your command"><table class="inline"><thead><tr><th scope="col">Head</th><th scope="col">Steps</th><th scope="col">Guidance</th>${metrics.map(({ label, meaning }) => html`<th scope="col" title="${meaning}">${label}</th>`)}<th scope="col">A run</th><th scope="col" class="text">Standing</th></tr></thead><tbody>
${scales.map((guidance) => [
  floorRow(floorAt(byCommand, guidance), metrics),
  byCommand.rows.filter((row) => row.guidance === guidance).map((row) => rowOf(row, metrics)),
])}</tbody></table></div>`;
}

const cells = (quality: CommandRow['quality'], metrics: readonly CommandMetric[]): readonly Fragment[] =>
  metrics.map((metric) => {
    const found = quality[metric.name];
    return found === undefined
      ? html`<td class="empty"></td>`
      : html`<td>${valueText(found, metric)} <small>${intervalText(found, metric)}</small></td>`;
  });

const rowOf = (row: CommandRow, metrics: readonly CommandMetric[]): Html =>
  html`<tr class="${row.kind}"><th scope="row">${row.name}</th><td>${row.steps}</td><td>${row.guidance}</td>${cells(row.quality, metrics)}<td>${duration(row.seconds)}</td><td class="text">${commandStanding(row, metrics)}</td></tr>
`;

const floorRow = (floor: CommandFloor | undefined, metrics: readonly CommandMetric[]): Fragment =>
  floor !== undefined &&
  html`<tr class="teacher"><th scope="row">floor</th><td></td><td>${floor.guidance}</td>${cells(floor.quality, metrics)}<td></td><td class="text">the teacher beside itself</td></tr>
`;
