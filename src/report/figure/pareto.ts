import { type Entry, headLatency, type Summary } from '../summary.ts';
import { tone } from './palette.ts';
import type { Drawing } from './render.ts';
import { seriesChannels, seriesOf, teacherSeries } from './series.ts';
import { type ValueAxis, valueAxis } from './value-axis.ts';

const WIDTH = 720;
const HEIGHT = 370;

/** A way to tell cost: the head's latency where it was timed, else images a second. */
interface CostAxis {
  readonly title: string;
  readonly of: (entry: Entry) => number | undefined;
}

const costAxes: readonly CostAxis[] = [
  { title: 'Head latency for one token, median (ms)', of: headLatency },
  { title: 'Images per second', of: ({ speed }) => speed?.imagesPerSecond },
];

interface Point {
  readonly name: string;
  readonly kind: Entry['kind'];
  readonly steps: number;
  readonly cost: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

function pointsOf({ entries, ranking }: Summary, { of }: CostAxis): readonly Point[] {
  return entries.flatMap((entry) => {
    const [cost, estimate] = [of(entry), entry.quality[ranking.name]];
    if (cost === undefined || cost <= 0 || estimate === undefined) return [];
    return [{ name: entry.name, kind: entry.kind, steps: entry.steps, cost, ...estimate }];
  });
}

const clamped = (point: Point, { clamp }: ValueAxis): Point => ({
  ...point,
  value: clamp(point.value),
  low: clamp(point.low),
  high: clamp(point.high),
});

/** Whether a point's number goes below it: where another student at these steps lies above. */
const isBelow = (point: Point, all: readonly Point[]): boolean =>
  all.some(({ kind, steps, value }) => kind === point.kind && steps === point.steps && value > point.value);

/** Quality against cost on logarithmic axes: students, the teacher, and the teacher's solvers at few steps as lines. */
export function pareto(summary: Summary): Drawing | undefined {
  const cost = costAxes.find((axis) => pointsOf(summary, axis).some(({ kind }) => kind === 'student'));
  if (cost === undefined) return undefined;
  const { ranking } = summary;
  const measured = pointsOf(summary, cost);
  const axis = valueAxis(measured, ranking.log === true);
  const points = measured.map((point) => clamped(point, axis));
  const drawn = new Set(points.map(({ name }) => name));
  const series = [teacherSeries(summary), ...seriesOf(summary)].filter(({ name }) => drawn.has(name));
  const { color, shape, strokeDash } = seriesChannels(series, WIDTH);
  const x = {
    field: 'cost',
    type: 'quantitative',
    title: cost.title,
    scale: { type: 'log', nice: false, padding: 26 },
    axis: { format: '~g', tickCount: 6 },
  };
  const y = {
    field: 'value',
    type: 'quantitative',
    title: ranking.label,
    scale: { type: axis.type, domain: axis.domain, nice: false },
    axis: { format: '~g', ...(axis.ticks && { values: axis.ticks }) },
  };
  const steps = { text: { field: 'steps' } };
  const student = (filter: string, dy: number) => ({
    transform: [{ filter }],
    mark: { type: 'text', align: 'left', baseline: 'middle', dx: 7, dy, fontSize: 12, fontWeight: 600 },
    encoding: { x, y, ...steps, color },
  });
  return {
    width: WIDTH,
    height: HEIGHT,
    data: { values: points.map((point) => ({ ...point, below: isBelow(point, points) })) },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 1.4, opacity: 0.7 },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
      },
      { mark: { type: 'line', strokeWidth: 1.4 }, encoding: { x, y, color, strokeDash, order: { field: 'steps' } } },
      {
        transform: [{ filter: "datum.kind === 'solver'" }],
        mark: { type: 'point', filled: true, size: 45, opacity: 1 },
        encoding: { x, y, color, shape },
      },
      {
        transform: [{ filter: "datum.kind !== 'solver'" }],
        mark: { type: 'point', filled: true, size: 110, opacity: 1 },
        encoding: { x, y, color, shape },
      },
      student("datum.kind !== 'solver' && !datum.below", -9),
      student("datum.kind !== 'solver' && datum.below", 10),
      {
        transform: [{ filter: "datum.kind === 'solver'" }],
        mark: { type: 'text', align: 'left', baseline: 'bottom', dx: 6, dy: -3, fontSize: 10, color: tone('muted') },
        encoding: { x, y, ...steps },
      },
    ],
  };
}
