import type { TableMetric } from '../../evaluation/metric/table.ts';
import { counted } from '../../ground/counted.ts';
import type { Estimate } from '../../ground/estimate.ts';
import { type Entry, isBetter } from '../summary.ts';
import { countChannel, metricChannel } from './channels.ts';
import { tone } from './palette.ts';
import type { Drawing } from './render.ts';
import { type Series, seriesChannels } from './series.ts';
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

/** How heads of a kind are drawn: many share a series, so that a legend stays short. */
const kinds = {
  student: { name: 'students', colour: tone('series-1'), shape: 'circle', dash: [1, 0] },
  solver: { name: "the teacher's solvers", colour: tone('baseline'), shape: 'cross', dash: [1, 0] },
  teacher: { name: 'the teacher', colour: tone('ink'), shape: 'diamond', dash: [1, 0] },
} as const satisfies Readonly<Record<Entry['kind'], Series>>;

/** A metric against head forwards a token: every head as a point, those of the front named and joined. */
export function frontFigure(points: readonly FrontPoint[], metric: TableMetric): Drawing | undefined {
  if (!points.some(({ kind }) => kind === 'student')) return undefined;
  const axis = valueAxis(
    points.map(({ estimate }) => estimate),
    metric.log === true,
  );
  const drawn = (point: FrontPoint) => ({
    name: kinds[point.kind].name,
    label: point.kind === 'teacher' ? point.name : `${point.name}, ${counted(point.steps, 'steps')}`,
    nfe: point.nfe,
    value: axis.clamp(point.estimate.value),
    low: axis.clamp(point.estimate.low),
    high: axis.clamp(point.estimate.high),
  });
  const x = countChannel(
    'nfe',
    'Head forwards a token',
    points.map(({ nfe }) => nfe),
    24,
  );
  const y = metricChannel(metric, axis);
  const front = paretoFront(points, metric).map(drawn);
  const present = Object.entries(kinds).filter(([kind]) => points.some((point) => point.kind === kind));
  const { color, shape } = seriesChannels(
    present.map(([, series]) => series),
    WIDTH,
  );
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
