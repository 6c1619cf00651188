import type { TableMetric } from '../../evaluation/metric/table.ts';
import { counted } from '../../ground/counted.ts';
import type { Estimate } from '../../ground/estimate.ts';
import { type Entry, isBetter } from '../summary.ts';
import { tone } from './palette.ts';
import type { Drawing } from './render.ts';
import { valueAxis } from './value-axis.ts';

const WIDTH = 640;
const HEIGHT = 360;

/** A head of a run at a step count: its cost in head forwards a token, and how good it is. */
export interface FrontPoint {
  readonly kind: Entry['kind'];
  readonly name: string;
  readonly steps: number;
  readonly nfe: number;
  readonly estimate: Estimate;
}

/** The points that no other is both cheaper and better than, cheapest first; of equals the first. */
export function paretoFront(points: readonly FrontPoint[], metric: TableMetric): readonly FrontPoint[] {
  const best = (a: FrontPoint, b: FrontPoint): number =>
    a.nfe - b.nfe || (isBetter(metric, a.estimate.value, b.estimate.value) ? -1 : 1);
  const front: FrontPoint[] = [];
  for (const point of points.toSorted(best)) {
    const last = front.at(-1);
    if (last === undefined || isBetter(metric, point.estimate.value, last.estimate.value)) front.push(point);
  }
  return front;
}

const kinds = { student: 'students', solver: "the teacher's solvers", teacher: 'the teacher' } as const;

/** A metric against head forwards a token: every head as a point, those of the front named and joined. */
export function frontFigure(points: readonly FrontPoint[], metric: TableMetric): Drawing | undefined {
  if (!points.some(({ kind }) => kind === 'student')) return undefined;
  const axis = valueAxis(
    points.map(({ estimate }) => estimate),
    metric.log === true,
  );
  const drawn = (point: FrontPoint) => ({
    kind: kinds[point.kind],
    label: point.kind === 'teacher' ? point.name : `${point.name}, ${counted(point.steps, 'steps')}`,
    nfe: point.nfe,
    value: axis.clamp(point.estimate.value),
    low: axis.clamp(point.estimate.low),
    high: axis.clamp(point.estimate.high),
  });
  const present = Object.entries(kinds).filter(([kind]) => points.some((point) => point.kind === kind));
  const domain = present.map(([, label]) => label);
  const channel = (range: Readonly<Record<string, string>>) => ({
    field: 'kind',
    type: 'nominal',
    title: null,
    scale: { domain, range: present.map(([kind]) => range[kind]) },
    legend: { columns: 3 },
  });
  const ticks = [...new Set(points.map(({ nfe }) => nfe))].sort((a, b) => a - b);
  const x = {
    field: 'nfe',
    type: 'quantitative',
    title: 'Head forwards a token',
    scale: { type: 'log', base: 2, nice: false, padding: 24 },
    axis: { values: ticks, format: 'd' },
  };
  const y = {
    field: 'value',
    type: 'quantitative',
    title: metric.label,
    scale: { type: axis.type, domain: axis.domain, nice: false, ...(axis.type === 'linear' && { zero: false }) },
    axis: { format: metric.unit === '%' ? '.0%' : '~g', ...(axis.ticks && { values: axis.ticks }) },
  };
  const front = paretoFront(points, metric).map(drawn);
  const color = channel({ student: tone('series-1'), solver: tone('baseline'), teacher: tone('ink') });
  const shape = channel({ student: 'circle', solver: 'cross', teacher: 'diamond' });
  return {
    width: WIDTH,
    height: HEIGHT,
    data: { values: points.map(drawn) },
    layer: [
      {
        data: { values: front },
        mark: { type: 'line', interpolate: 'step-after', strokeWidth: 1.4, color: tone('series-2') },
        encoding: { x, y },
      },
      {
        mark: { type: 'rule', strokeWidth: 1.2, opacity: 0.5 },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
      },
      { mark: { type: 'point', filled: true, size: 60, opacity: 0.9 }, encoding: { x, y, color, shape } },
      {
        data: { values: front },
        mark: { type: 'text', align: 'left', baseline: 'top', dx: 6, dy: 5, fontSize: 11, color: tone('ink') },
        encoding: { x, y, text: { field: 'label' } },
      },
    ],
  };
}
