import type { Abscissa } from '../../evaluation/metric/metric.ts';
import type { TableMetric } from '../../evaluation/metric/table.ts';
import { directionOf } from '../glossary.ts';
import type { Summary } from '../summary.ts';
import type { TrainingLog } from '../training-log.ts';
import { distanceByPlace } from './by-place.ts';
import { dispersionDots } from './dispersion.ts';
import { heldOutCurves } from './held-out.ts';
import { lossCurves } from './loss.ts';
import { metricCurve } from './metric-curve.ts';
import { pareto } from './pareto.ts';
import { rawErrorCurves } from './raw-error.ts';
import type { Drawing } from './render.ts';
import { seedDots } from './seeds.ts';
import { speedBars } from './speed.ts';
import { worstContexts } from './worst-contexts.ts';

/** Where in the report a figure stands. */
export type FigurePlace = 'pareto' | 'diagnosis' | 'curves' | 'collapse' | 'training' | 'speed' | 'seeds';

/** A figure: its file name, where it stands, what it is called, how it is read, and how it is drawn. */
export interface Figure {
  readonly name: string;
  readonly place: FigurePlace;
  readonly title: string;
  readonly caption: string;
  /** Left out of compact pages, where it is a file only. */
  readonly detail?: boolean;
  /** The Vega-Lite drawing; undefined where the run did not measure what it shows. */
  readonly draw: (summary: Summary, training: readonly TrainingLog[]) => Drawing | undefined;
}

const titles: Readonly<Record<Abscissa, string>> = { steps: 'at equal steps', nfe: 'at equal head forwards' };

/** The curves of a metric: one for each thing that it is drawn against. */
const curvesOf = (metric: TableMetric): readonly Figure[] =>
  metric.curves.map((against) => ({
    name: `${metric.column.replaceAll('_', '-')}-${against}`,
    place: 'curves',
    detail: metric.compact !== true,
    title: `${metric.label} ${titles[against]}`,
    caption: directionOf(metric),
    draw: (summary) => metricCurve(summary, metric, against),
  }));

/** All figures, in the order of the report, with the curves of some metrics. */
export const figuresOf = (metrics: readonly TableMetric[]): readonly Figure[] => [
  {
    name: 'pareto',
    place: 'pareto',
    title: 'Pareto plot',
    caption: 'Down and to the cheap side is better. Numbers are steps; bars are 95 % intervals.',
    draw: pareto,
  },
  {
    name: 'by-place',
    place: 'diagnosis',
    title: 'Distance along the image',
    caption:
      'Of tokens drawn after the student’s own (free-running), within images of one prompt. Dashed grey: the floor.',
    draw: distanceByPlace,
  },
  {
    name: 'worst-contexts',
    place: 'diagnosis',
    title: 'Worst contexts',
    caption:
      'Draws of the recommended student and of the teacher under the prefixes where they are furthest apart, on the two axes along which the teacher varies most; the number is the energy distance.',
    draw: worstContexts,
  },
  ...metrics.flatMap(curvesOf),
  {
    name: 'dispersion',
    place: 'collapse',
    title: 'Spread against the teacher’s',
    caption: 'Dashed: as varied as the teacher. Shaded: diversity lost (below 0.9), collapsed (below 0.7).',
    draw: dispersionDots,
  },
  {
    name: 'loss',
    place: 'training',
    title: 'Training loss',
    caption: 'Logarithmic; faint as logged, strong smoothed. Losses of different methods do not compare.',
    draw: lossCurves,
  },
  {
    name: 'held-out',
    place: 'training',
    title: 'Held-out',
    caption:
      'On contexts that training never sees: energy distance of the averaged student to the teacher, the mean over its step ' +
      'counts up to four, and the loss. Dashed, the loss on as many that it does see: falling alone, it is learnt by heart.',
    draw: heldOutCurves,
  },
  {
    name: 'raw-error',
    place: 'training',
    title: 'Raw error in training',
    caption:
      'Logarithmic: how far one step from cached noise lands from the cached end (root mean square, weights not averaged). ' +
      'Methods that match distributions may rise.',
    detail: true,
    draw: rawErrorCurves,
  },
  {
    name: 'speed',
    place: 'speed',
    title: 'Images per second, end to end',
    caption: 'The factor is against the teacher at its own step count.',
    draw: speedBars,
  },
  {
    name: 'seeds',
    place: 'seeds',
    title: 'One dot a seed',
    caption: 'Short lines are means over seeds.',
    draw: seedDots,
  },
];
