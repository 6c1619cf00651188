import type { Abscissa } from '../../evaluation/metric/metric.ts';
import type { TableMetric } from '../../evaluation/metric/table.ts';
import type { Estimate } from '../../ground/estimate.ts';
import { floorsOf } from '../floors.ts';
import { type Entry, entryLabel, type Summary } from '../summary.ts';
import { countChannel, metricChannel } from './channels.ts';
import { tone } from './palette.ts';
import { type Drawing, labelPadding } from './render.ts';
import { seriesChannels, seriesOf } from './series.ts';
import { spread, type ValueAxis, valueAxis } from './value-axis.ts';

const WIDTH = 350;
const HEIGHT = 230;
const MARGIN = 150; // for the names of the teacher and the floors

const abscissaTitles: Readonly<Record<Abscissa, string>> = { steps: 'Steps', nfe: 'Head forwards a token (NFE)' };

interface Reference {
  readonly label: string;
  readonly estimate: Estimate;
  readonly colour: string;
}

/** What a curve is held against: the teacher and the floors. */
function references({ evaluation, teacher }: Summary, metric: TableMetric): readonly Reference[] {
  const own = teacher.kind === 'teacher' && !metric.toTeacher ? teacher.quality[metric.name] : undefined;
  const floors = floorsOf(evaluation, metric);
  return [
    ...(own ? [{ label: entryLabel(teacher), estimate: own, colour: tone('ink') }] : []),
    ...floors.map(({ label, estimate }) => ({ label, estimate, colour: tone('muted') })),
  ];
}

interface Point {
  readonly name: string;
  readonly kind: Entry['kind'];
  readonly at: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

function points({ entries }: Summary, metric: TableMetric, against: Abscissa, axis: ValueAxis): readonly Point[] {
  return entries.flatMap((entry) => {
    const estimate = entry.quality[metric.name];
    if (entry.kind === 'teacher' || estimate === undefined) return [];
    const { name, kind } = entry;
    const [value, low, high] = [estimate.value, estimate.low, estimate.high].map(axis.clamp);
    return [{ name, kind, at: entry[against], value: value ?? 0, low: low ?? 0, high: high ?? 0 }];
  });
}

/** A line across the plot for each reference, its interval as a band, its name at the right. */
function referenceLayers(found: readonly Reference[], axis: ValueAxis): object[] {
  const places = spread(
    found.map(({ estimate }) => axis.pixel(estimate.value, HEIGHT)),
    14,
    HEIGHT,
  );
  return found.flatMap(({ label, estimate, colour }, index) => {
    const y = (value: number) => ({ value: axis.pixel(value, HEIGHT) });
    const [x, x2, data] = [{ value: 0 }, { value: WIDTH }, { values: [{}] }];
    return [
      {
        data,
        mark: { type: 'rect', color: tone('floor'), opacity: 0.3 },
        encoding: { x, x2, y: y(estimate.low), y2: y(estimate.high) },
      },
      {
        data,
        mark: { type: 'rule', color: colour, strokeWidth: 1, strokeDash: [2, 2] },
        encoding: { x, x2, y: y(estimate.value) },
      },
      {
        data,
        mark: {
          type: 'text',
          text: estimate.value < axis.domain[0] ? `${label} ↓` : label,
          align: 'left',
          baseline: 'middle',
          dx: 6,
          fontSize: 11,
          color: colour,
          limit: 170,
        },
        encoding: { x: x2, y: { value: places[index] ?? 0 } },
      },
    ];
  });
}

/** A metric of students and solver baselines against steps or NFE, with intervals, the teacher and the floors. */
export function metricCurve(summary: Summary, metric: TableMetric, against: Abscissa): Drawing | undefined {
  const found = references(summary, metric);
  const measured = summary.entries.flatMap((entry) =>
    entry.kind === 'teacher' ? [] : (entry.quality[metric.name] ?? []),
  );
  if (measured.length === 0) return undefined;
  const axis = valueAxis(
    measured,
    metric.log === true,
    found.map(({ estimate }) => estimate),
  );
  const values = points(summary, metric, against, axis);
  const drawn = new Set(values.map(({ name }) => name));
  const { color, shape, strokeDash } = seriesChannels(
    seriesOf(summary).filter(({ name }) => drawn.has(name)),
    WIDTH + MARGIN,
  );
  const x = countChannel(
    'at',
    abscissaTitles[against],
    values.map(({ at }) => at),
    16,
  );
  const y = metricChannel(metric, axis, { tickCount: 6 });
  const ends = { y: { ...y, field: 'low' }, y2: { field: 'high' } };
  const students = { filter: "datum.kind === 'student'" };
  return {
    width: WIDTH,
    height: HEIGHT,
    padding: labelPadding,
    data: { values: [...values] },
    layer: [
      ...referenceLayers(found, axis),
      { transform: [students], mark: { type: 'area', opacity: 0.14 }, encoding: { x, ...ends, color } },
      { mark: { type: 'rule', strokeWidth: 1.2, opacity: 0.7 }, encoding: { x, ...ends, color } },
      { mark: { type: 'line', strokeWidth: 1.8 }, encoding: { x, y, color, strokeDash } },
      { mark: { type: 'point', filled: true, size: 55, opacity: 1 }, encoding: { x, y, color, shape } },
    ],
  };
}
