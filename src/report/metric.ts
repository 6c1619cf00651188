import type { Evaluation, Floors, Quality } from '../evaluation/stage/result.ts';
import type { Estimate } from '../ground/estimate.ts';

/** A metric as reports show it. */
export interface Metric {
  readonly key: keyof Quality;
  /** Its name in tables and figures. */
  readonly label: string;
  /** Its column in CSV files; the interval's ends are `_low` and `_high`. */
  readonly column: string;
  /** Which values are good: the lowest, the highest, or those near one. */
  readonly best: 'low' | 'high' | 'one';
  /** Drawn on a logarithmic axis. */
  readonly log: boolean;
  /** Measured against the teacher itself, so that the teacher's own value says nothing. */
  readonly toTeacher?: boolean;
  /** Shown as a percentage. */
  readonly percent?: boolean;
  /** Shown with no more decimals than these. */
  readonly decimals?: number;
  /** What it says, for a reader who has not met it. */
  readonly meaning: string;
}

/** The metrics in the order of tables and CSV columns. */
export const metrics: readonly Metric[] = [
  {
    key: 'fd',
    label: 'FD',
    column: 'fd',
    best: 'low',
    log: true,
    meaning:
      'Fréchet distance to real data on features of images (an FID-proxy: its own feature network, not Inception); where there are no images, to independent samples of the teacher on tokens. Lower is better.',
  },
  {
    key: 'fdGap',
    label: 'FD − teacher',
    column: 'fd_gap',
    best: 'low',
    log: false,
    meaning: 'FD minus the teacher’s FD, interval paired by prompt and noise. Zero means as good as the teacher.',
  },
  {
    key: 'fdRatio',
    label: 'FD ÷ teacher',
    column: 'fd_ratio',
    best: 'low',
    log: false,
    decimals: 2,
    meaning: 'FD over the teacher’s FD, interval paired by prompt and noise. One means as good as the teacher.',
  },
  {
    key: 'fdToTeacher',
    label: 'FD to teacher',
    column: 'fd_to_teacher',
    best: 'low',
    log: true,
    toTeacher: true,
    meaning:
      'Fréchet distance to samples of the teacher from the same prompts and other noise. Within the floor when it is at most the upper end of the teacher–teacher floor. Lower is better.',
  },
  {
    key: 'kid',
    label: 'KID',
    column: 'kid',
    best: 'low',
    log: true,
    meaning:
      'Kernel distance to real data (cubic kernel, unbiased, so it may fall a little below zero). Lower is better.',
  },
  {
    key: 'slicedW2',
    label: 'Sliced W2',
    column: 'sliced_w2',
    best: 'low',
    log: true,
    meaning: 'Wasserstein-2 distance averaged over random directions. Lower is better.',
  },
  {
    key: 'precision',
    label: 'Precision',
    column: 'precision',
    best: 'high',
    log: false,
    percent: true,
    meaning:
      'Share of images that lie within the neighbourhoods of real ones on features (5 nearest of at most 2,000): fidelity. Higher is better.',
  },
  {
    key: 'recall',
    label: 'Recall',
    column: 'recall',
    best: 'high',
    log: false,
    percent: true,
    meaning: 'Share of real images that lie within the neighbourhoods of generated ones: diversity. Higher is better.',
  },
  {
    key: 'density',
    label: 'Density',
    column: 'density',
    best: 'one',
    log: false,
    decimals: 2,
    meaning:
      'How many neighbourhoods of real images hold a generated one, over the number of neighbours: fidelity that outliers do not spoil. 1 is right.',
  },
  {
    key: 'coverage',
    label: 'Coverage',
    column: 'coverage',
    best: 'high',
    log: false,
    percent: true,
    meaning:
      'Share of real images whose neighbourhood holds a generated one: diversity that outliers do not spoil. Higher is better.',
  },
  {
    key: 'energyDistance',
    label: 'Energy distance',
    column: 'energy_distance',
    best: 'low',
    log: true,
    toTeacher: true,
    meaning:
      'Energy distance to the teacher on tokens, for one context at a time, averaged over contexts; unbiased. It sees conditional mistakes that FD misses. Lower is better.',
  },
  {
    key: 'dispersion',
    label: 'Dispersion',
    column: 'dispersion',
    best: 'one',
    log: false,
    toTeacher: true,
    decimals: 2,
    meaning:
      'The student’s spread over the teacher’s spread within contexts. 1 is right; below 0.9 diversity is lost, below 0.7 it has collapsed.',
  },
  {
    key: 'dispersionWithoutBlank',
    label: 'Dispersion, no blanks',
    column: 'dispersion_without_blank',
    best: 'one',
    log: false,
    toTeacher: true,
    decimals: 2,
    meaning: 'Dispersion without the tokens that the teacher leaves blank.',
  },
  {
    key: 'endpointError',
    label: 'Endpoint error',
    column: 'endpoint_error',
    best: 'low',
    log: true,
    toTeacher: true,
    meaning:
      'Mean squared distance of the end points from the teacher’s, from the same noise. Only beside other metrics: a different end point can be as good.',
  },
  {
    key: 'accuracy',
    label: 'Accuracy',
    column: 'accuracy',
    best: 'high',
    log: false,
    percent: true,
    meaning: 'Share of generated images that the feature network reads as prompted. Higher is better.',
  },
];

const metricByKey: ReadonlyMap<string, Metric> = new Map(metrics.map((metric) => [metric.key, metric]));

/** The metric of a key. */
export function metricOf(key: keyof Quality): Metric {
  const metric = metricByKey.get(key);
  if (metric === undefined) throw new RangeError(`no metric is called ${key}`);
  return metric;
}

/** A floor of a metric: what two sets from one source measure. */
export interface Floor {
  readonly label: string;
  readonly estimate: Estimate;
}

const floorSources = [
  ['realReal', 'real–real floor'],
  ['teacherTeacher', 'teacher–teacher floor'],
] as const satisfies readonly (readonly [keyof Floors, string])[];

/** The floors that were measured for a metric. */
export function floorsOf(evaluation: Evaluation, key: keyof Quality): readonly Floor[] {
  return floorSources.flatMap(([source, label]) => {
    const estimate = evaluation.floors[source]?.[key];
    return estimate === undefined ? [] : [{ label, estimate }];
  });
}
