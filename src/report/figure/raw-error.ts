import type { Summary } from '../summary.ts';
import type { TrainingLog } from '../training-log.ts';
import type { Drawing } from './render.ts';
import { seriesChannels, seriesOf } from './series.ts';
import { loggedChannel, stepChannel } from './training-channels.ts';
import { valueAxis } from './value-axis.ts';

const [WIDTH, HEIGHT] = [620, 230];

/** The raw error of every student over training, in one panel: unlike losses it is the same distance for all methods. */
export function rawErrorCurves(summary: Summary, training: readonly TrainingLog[]): Drawing | undefined {
  const points = training.flatMap(({ student, seed, lines }) =>
    lines.flatMap(({ step, rawError }) =>
      rawError === undefined ? [] : [{ name: student, run: `${student} ${seed}`, step, value: rawError }],
    ),
  );
  const series = seriesOf(summary).filter((each) => points.some(({ name }) => name === each.name));
  if (series.length === 0) return undefined;
  const axis = valueAxis(
    points.map(({ value }) => ({ value, low: value, high: value })),
    true,
  );
  const { color } = seriesChannels(series, WIDTH);
  return {
    width: WIDTH,
    height: HEIGHT,
    data: { values: points.filter(({ name }) => series.some((each) => each.name === name)) },
    mark: { type: 'line', strokeWidth: 1.5, strokeJoin: 'round' },
    encoding: {
      x: stepChannel,
      y: loggedChannel('value', 'Raw error', axis),
      color: { ...color, legend: { ...color.legend, symbolType: 'stroke', symbolStrokeWidth: 2, symbolOpacity: 1 } },
      detail: { field: 'run' },
    },
  };
}
