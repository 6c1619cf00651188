import type { Summary } from '../summary.ts';
import type { TrainingLog } from '../training-log.ts';
import type { Drawing } from './render.ts';
import { seriesOf } from './series.ts';
import { loggedChannel, stepChannel } from './training-channels.ts';
import { valueAxis } from './value-axis.ts';

const [WIDTH, HEIGHT] = [285, 150];

/** What a student was measured by while it trained, as it is logged, and how its line is dashed. */
const dashes = { heldOutEnergy: [1, 0], heldOutLoss: [1, 0], trainedLoss: [4, 3] } as const;

type Logged = keyof typeof dashes;

const panels: readonly { readonly title: string; readonly lines: readonly Logged[] }[] = [
  { title: 'energy distance', lines: ['heldOutEnergy'] },
  { title: 'loss', lines: ['heldOutLoss', 'trainedLoss'] },
];

interface Point {
  readonly run: string;
  readonly step: number;
  readonly line: Logged;
  readonly value: number;
}

const pointsOf = ({ student, seed, lines }: TrainingLog, logged: readonly Logged[]): readonly Point[] =>
  lines.flatMap((each) =>
    logged.flatMap((line) => {
      const value = each[line];
      return value === undefined ? [] : [{ run: `${student} ${seed} ${line}`, step: each.step, line, value }];
    }),
  );

/** One of a student's panels. */
function panel(title: string, colour: string, points: readonly Point[]): Drawing {
  const axis = valueAxis(
    points.map(({ value }) => ({ value, low: value, high: value })),
    true,
  );
  return {
    ...{ width: WIDTH, height: HEIGHT },
    data: { values: points.map((point) => ({ ...point, value: axis.clamp(point.value) })) },
    mark: { type: 'line', strokeWidth: 1.5, strokeJoin: 'round', color: colour },
    encoding: {
      x: stepChannel,
      y: loggedChannel('value', title, axis),
      strokeDash: {
        field: 'line',
        type: 'nominal',
        scale: { domain: Object.keys(dashes), range: Object.values(dashes) },
        legend: null,
      },
      detail: { field: 'run' },
    },
  };
}

/** A student's energy distance on held-out contexts over training, and its losses on these and on trained ones beside. */
export function heldOutCurves(summary: Summary, training: readonly TrainingLog[]): Drawing | undefined {
  const drawn = seriesOf(summary).flatMap(({ name, colour }) => {
    const logs = training.filter(({ student }) => student === name);
    return panels.flatMap(({ title, lines }) => {
      const points = logs.flatMap((log) => pointsOf(log, lines));
      return points.length === 0 ? [] : [panel(`${name}: ${title}`, colour, points)];
    });
  });
  return drawn.length === 0 ? undefined : { concat: drawn, columns: 2, spacing: { row: 34, column: 44 } };
}
