import type { TableMetric } from '../../evaluation/metric/table.ts';
import type { Estimate } from '../../ground/estimate.ts';
import { countChannel, metricChannel } from './channels.ts';
import { seriesTone, tone } from './palette.ts';
import type { Drawing } from './render.ts';
import { type Series, seriesChannels, studentShapes } from './series.ts';
import { valueAxis } from './value-axis.ts';

const WIDTH = 640;
const HEIGHT = 330;

/** A point of a comparison: a student of a run at a step count. */
export interface ComparedPoint {
  /** What the legend says: run and student. */
  readonly name: string;
  readonly steps: number;
  readonly estimate: Estimate;
}

const seriesOfNames = (names: readonly string[]): readonly Series[] =>
  names.map((name, index) => ({
    name,
    colour: tone(seriesTone(index)),
    shape: studentShapes[index % studentShapes.length] ?? 'circle',
    dash: index < 6 ? [1, 0] : [5, 3],
  }));

/** A metric against steps, a line a student of each run, with intervals. */
export function comparisonCurve(points: readonly ComparedPoint[], metric: TableMetric): Drawing | undefined {
  if (points.length === 0) return undefined;
  const axis = valueAxis(
    points.map(({ estimate }) => estimate),
    metric.log === true,
  );
  const values = points.map(({ name, steps, estimate }) => ({
    ...{ name, steps },
    value: axis.clamp(estimate.value),
    low: axis.clamp(estimate.low),
    high: axis.clamp(estimate.high),
  }));
  const { color, shape, strokeDash } = seriesChannels(
    seriesOfNames([...new Set(points.map(({ name }) => name))]),
    WIDTH,
  );
  const x = countChannel(
    'steps',
    'Steps',
    points.map(({ steps }) => steps),
    20,
  );
  const y = metricChannel(metric, axis);
  return {
    width: WIDTH,
    height: HEIGHT,
    data: { values },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 1.4, opacity: 0.7 },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
      },
      { mark: { type: 'line', strokeWidth: 1.8 }, encoding: { x, y, color, strokeDash } },
      { mark: { type: 'point', filled: true, size: 80, opacity: 1 }, encoding: { x, y, color, shape } },
    ],
  };
}
