import type { Summary } from '../summary.ts';
import type { TrainingLog } from '../training-log.ts';
import type { Drawing } from './render.ts';
import { seriesOf } from './series.ts';
import { loggedChannel, stepChannel } from './training-channels.ts';
import { valueAxis } from './value-axis.ts';

const COLUMNS = 2;
const WIDTH = { one: 620, many: 285 };
const HEIGHT = 170;
const POINTS = 240;
const REACH = 0.025; // of the run: the smoothing's reach to either side

interface Point {
  readonly run: string;
  readonly step: number;
  readonly loss: number;
  readonly smooth: number;
}

/** The running mean of the logarithm over `reach` values on either side, as far as there are: it does not lag. */
export function smoothed(losses: readonly number[], reach: number): readonly number[] {
  let sum = 0;
  const sums = [0, ...losses.map((loss) => (sum += Math.log(loss)))]; // of the first n
  return losses.map((_, index) => {
    const [from, to] = [Math.max(0, index - reach), Math.min(losses.length, index + reach + 1)];
    return Math.exp(((sums[to] ?? 0) - (sums[from] ?? 0)) / (to - from));
  });
}

/** Every n-th element, the last one included, so that at most `limit` are left. */
function thinned<Value>(values: readonly Value[], limit: number): readonly Value[] {
  const stride = Math.ceil(values.length / limit);
  return values.filter((_, index) => (values.length - 1 - index) % stride === 0);
}

function pointsOf({ student, seed, lines }: TrainingLog): readonly Point[] {
  const positive = lines.filter(({ loss }) => loss > 0);
  const smooth = smoothed(
    positive.map(({ loss }) => loss),
    Math.round(positive.length * REACH),
  );
  const points = positive.map(({ step, loss }, index) => ({
    ...{ run: `${student} ${seed}`, step, loss },
    smooth: smooth[index] ?? loss,
  }));
  return thinned(points, POINTS);
}

/** The panel of one student. */
function panel(name: string, colour: string, points: readonly Point[], width: number): Drawing {
  const axis = valueAxis(
    points.map(({ loss }) => ({ value: loss, low: loss, high: loss })),
    true,
  );
  const line = (field: string, strokeWidth: number, opacity: number) => ({
    mark: { type: 'line', strokeWidth, opacity, strokeJoin: 'round', color: colour },
    encoding: { x: stepChannel, y: loggedChannel(field, name, axis), detail: { field: 'run' } },
  });
  return { width, height: HEIGHT, data: { values: points }, layer: [line('loss', 0.8, 0.35), line('smooth', 1.8, 1)] };
}

/** Loss curves, one panel a student (losses of different methods do not compare), raw faint and smoothed. */
export function lossCurves(summary: Summary, training: readonly TrainingLog[]): Drawing | undefined {
  const logged = seriesOf(summary).flatMap(({ name, colour }) => {
    const points = training.filter(({ student }) => student === name).flatMap(pointsOf);
    return points.length === 0 ? [] : [{ name, colour, points }];
  });
  if (logged.length === 0) return undefined;
  const width = logged.length === 1 ? WIDTH.one : WIDTH.many;
  return {
    concat: logged.map(({ name, colour, points }) => panel(name, colour, points, width)),
    columns: COLUMNS,
    spacing: { row: 34, column: 44 },
  };
}
