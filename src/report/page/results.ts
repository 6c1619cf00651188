import { fdRatio } from '../../evaluation/metric/fd-ratio.ts';
import type { TableMetric } from '../../evaluation/metric/table.ts';
import type { Estimate } from '../../ground/estimate.ts';
import { countsByToken } from '../counts-by-token.ts';
import { seriesTone } from '../figure/palette.ts';
import { glossaryText } from '../glossary.ts';
import { count, duration, forwardsText, intervalText, number, times, valueText } from '../number.ts';
import { noiseScalesText, ownTimesText } from '../own-times.ts';
import { bestBy, type Entry, entriesOf, ratioToTeacher, type Summary } from '../summary.ts';
import { type Fragment, Html, html } from './html.ts';
import { latencyText } from './latency.ts';
import type { Section } from './section.ts';
import { type View, views } from './views.ts';

/** A cell: what is shown and what it is sorted by. */
interface Cell {
  readonly shown: Fragment;
  readonly sort: number;
}

/** The groups of columns, in their order. */
const columnGroups = ['Quality', 'Speed', 'Cost', 'Further metrics'] as const;

type ColumnGroup = (typeof columnGroups)[number];

interface Column {
  readonly label: string;
  readonly meaning: string;
  readonly group: ColumnGroup;
  readonly metric?: TableMetric;
  readonly cell: (entry: Entry, summary: Summary) => Cell | undefined;
}

const withInterval = (estimate: Estimate, metric: TableMetric): Cell => ({
  shown: html`${valueText(estimate, metric)} <small>${intervalText(estimate, metric)}</small>`,
  sort: estimate.value,
});

const metricColumn = (metric: TableMetric, group: ColumnGroup): Column => ({
  ...{ label: metric.label, meaning: glossaryText(metric), group, metric },
  cell: ({ quality, kind }) => {
    const estimate = kind === 'teacher' && metric.toTeacher ? undefined : quality[metric.name];
    return estimate && withInterval(estimate, metric);
  },
});

const ratioColumn: Column = {
  label: '÷ teacher',
  group: 'Quality',
  meaning:
    'The ranking metric over the teacher’s: 1 is as good as the teacher. The interval is paired by prompt and noise where the evaluation measured it so; otherwise it takes the two as independent, which is wider.',
  cell: (entry, summary) => {
    const ratio = entry.kind === 'teacher' ? undefined : ratioToTeacher(entry, summary, summary.ranking);
    return ratio && withInterval(ratio, fdRatio);
  },
};

const speedColumns: readonly Column[] = [
  {
    label: 'Images/s',
    group: 'Speed',
    meaning: 'Whole images a second, backbone included.',
    cell: ({ speed }) =>
      speed?.imagesPerSecond === undefined
        ? undefined
        : { shown: number(speed.imagesPerSecond), sort: speed.imagesPerSecond },
  },
  {
    label: 'Speed-up',
    group: 'Speed',
    meaning:
      'How many times faster than the teacher at its own step count: whole images, or the head where only that was timed.',
    cell: ({ speedup }) => (speedup === undefined ? undefined : { shown: times(speedup), sort: speedup }),
  },
  {
    label: 'Latency',
    group: 'Speed',
    meaning:
      'Time of the head for one token (all its jumps, batch 1) after warm-up: the median, below it the 90th and the 99th percentile.',
    cell: (entry) => {
      const latency = entry.speed?.latency.find(({ batch }) => batch === 1);
      return latency && { shown: latencyText(latency), sort: latency.p50 };
    },
  },
];

const costColumn: Column = {
  label: 'Training cost',
  group: 'Cost',
  meaning:
    'Head forwards in all, the trajectory cache charged in full (a backward pass counts as two forwards, guidance doubles), and the time that training took. Of a solver that was fitted, those of the fit and of the cached paths that it was fitted to.',
  cell: ({ cost }) =>
    cost && {
      shown: html`${count(cost.totalForwards)} <small>${duration(cost.trainingSeconds)}</small>`,
      sort: cost.totalForwards,
    },
};

/** The columns that at least one row fills; the metric that ranks is among the first, the ratio stands after it. */
function columnsOf(summary: Summary): readonly Column[] {
  const { ranking, entries, metrics } = summary;
  // The ratio column holds the paired ratio of what ranks.
  const shown = metrics.filter(({ pairedRatioOf }) => pairedRatioOf?.name !== ranking.name);
  const main = shown.filter(({ table }) => table === 'main');
  const first = main.includes(ranking) ? main : [ranking, ...main];
  const quality = first.flatMap((metric) => {
    const column = metricColumn(metric, 'Quality');
    return metric === ranking ? [column, ratioColumn] : [column];
  });
  const others = shown
    .filter((metric) => !first.includes(metric))
    .map((metric) => metricColumn(metric, 'Further metrics'));
  return [...quality, ...speedColumns, costColumn, ...others].filter(({ cell }) =>
    entries.some((entry) => cell(entry, summary) !== undefined),
  );
}

interface Group {
  readonly title: string;
  readonly entries: readonly Entry[];
}

function groupsBy(summary: Summary, { of, title }: View): readonly Group[] {
  const others = summary.entries.filter(({ kind }) => kind !== 'teacher');
  const found = others.flatMap((entry) => of(entry) ?? []);
  const values = [...new Set(found)].sort((a, b) => a - b);
  return [
    { title: 'Teacher', entries: entriesOf(summary, 'teacher') },
    ...values.map((value) => ({ title: title(value), entries: others.filter((entry) => of(entry) === value) })),
  ].filter(({ entries }) => entries.length > 0);
}

/** The colour by which figures know a head. */
function swatch({ students }: Summary, { kind, name }: Entry): Html {
  const tone = kind === 'teacher' ? 'ink' : kind === 'solver' ? 'baseline' : seriesTone(students.indexOf(name));
  return html`<i class="swatch ${tone}"></i>`;
}

function cellOf(column: Column, entry: Entry, summary: Summary, group: Group): Html {
  const cell = column.cell(entry, summary);
  if (cell === undefined) return html`<td class="empty" data-sort=""></td>`;
  const rivals = group.entries.filter(({ kind }) => kind !== 'teacher');
  const best = column.metric !== undefined && rivals.length > 1 && bestBy(column.metric, rivals) === entry;
  return html`<td data-sort="${cell.sort}"${best && new Html(' class="best"')}>${cell.shown}${best && new Html('<span class="unseen"> (best)</span>')}</td>`;
}

function rowOf(entry: Entry, columns: readonly Column[], summary: Summary, group: Group): Html {
  const seeds = entry.rows.length > 1 && html` <small>${entry.rows.length} seeds</small>`;
  const own = ownTimesText(entry);
  const times = own !== undefined && html` <small>at ${own}</small>`;
  const scales = noiseScalesText(entry);
  const noise = scales !== undefined && html` <small title="factors on its noise">noise × ${scales}</small>`;
  const counts = countsByToken(entry);
  const along = counts !== undefined && html` <small title="steps by token">${counts}</small>`;
  return html`<tr class="${entry.kind}"><th scope="row" data-sort="${entry.name}">${swatch(summary, entry)}<span class="name">${entry.name}</span>${seeds}${times}${noise}${along}</th><td data-sort="${entry.steps}">${entry.steps}</td><td data-sort="${entry.nfe}">${forwardsText(entry.nfe)}</td>${columns.map((column) => cellOf(column, entry, summary, group))}</tr>`;
}

const headOf = (label: string, meaning: string): Html =>
  html`<th scope="col" title="${meaning}"><button type="button">${label}</button></th>`;

const fixedColumns = [
  [
    'Head',
    'The teacher, a student, or the teacher under a solver at few steps: a baseline that trains no network. “Searched times” and “fitted” are solvers whose few numbers were fitted to cached paths.',
  ],
  [
    'Steps',
    'Steps of the sampler from noise to data: equal ones, or at the times beside the name, which were searched or fitted.',
  ],
  [
    'NFE',
    'Head forwards a token. A guided evaluation of the teacher costs two (one where its hidden states are guided before the head, three where prompt and image guide apart), Heun and midpoint evaluate twice a step; a student’s jump costs one.',
  ],
] as const;

function spans(columns: readonly Column[]): Html {
  const groups = columnGroups.flatMap((group) => {
    const size = columns.filter((column) => column.group === group).length;
    return size === 0 ? [] : [html`<th scope="colgroup" colspan="${size}">${group}</th>`];
  });
  return html`<tr class="spans"><td colspan="3"></td>${groups}</tr>`;
}

function table(summary: Summary, view: View): Html {
  const { key, caption } = view;
  const columns = columnsOf(summary);
  const width = columns.length + fixedColumns.length;
  const groups = groupsBy(summary, view).map(
    (
      group,
    ) => html`<tbody><tr class="group"><th scope="rowgroup" colspan="${width}"><span>${group.title}</span></th></tr>
${group.entries.map((entry) => html`${rowOf(entry, columns, summary, group)}\n`)}</tbody>
`,
  );
  return html`<div class="scroll wide by-${key}" tabindex="0" role="group" aria-label="${caption}"><table class="results sortable">
<caption class="unseen">${caption}</caption>
<thead>${spans(columns)}<tr>${fixedColumns.map(([label, meaning]) => headOf(label, meaning))}${columns.map(({ label, meaning }) => headOf(label, meaning))}</tr></thead>
${groups}</table></div>`;
}

function explanation(summary: Summary): Html {
  const all = [...fixedColumns.map(([label, meaning]) => ({ label, meaning })), ...columnsOf(summary)];
  return html`<details><summary>What the columns mean</summary><dl class="meanings">${all.map(({ label, meaning }) => html`<dt>${label}</dt><dd>${meaning}</dd>`)}</dl>
<p>Intervals are 95 %. With several seeds a value is their mean and its interval covers every seed’s interval. <span class="mark">Marked</span> is the best of its group among students and solver baselines.</p></details>`;
}

/** The main table, grouped by what is equal; a click on a column sorts it. */
export const resultsSection: Section = {
  id: 'results',
  title: 'Results',
  body: ({ summary }) => {
    const shown = views.filter(({ of }) => summary.entries.some((entry) => of(entry) !== undefined));
    return html`<div class="views">${shown.map(({ key, label }, index) => html`<input type="radio" name="view" id="view-${key}"${index === 0 && new Html(' checked')}><label for="view-${key}">${label}</label>`)}
${shown.map((view) => html`${table(summary, view)}\n`)}</div>
${explanation(summary)}`;
  },
};
