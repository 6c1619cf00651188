import type { Estimate } from '../../ground/estimate.ts';
import type { MetricInputs } from './inputs.ts';

/** A metric: what it is called, where and how it is shown, what it needs, and how it is measured. */
export interface Metric<Name extends string = string> {
  /** Its key in `evaluation.json`. */
  readonly name: Name;
  /** Its name in tables and figures. */
  readonly label: string;
  readonly unit: Unit;
  /** Its column in CSV files, which have every metric; the interval's ends are `_low` and `_high`. */
  readonly column: string;
  /** Which values are good: the lowest, the highest, or those near one. */
  readonly best: 'low' | 'high' | 'one';
  /** Where it stands in the page's table of results, which has every metric, as cards and means over seeds have. */
  readonly table: 'main' | 'further';
  /** What it is drawn against; nothing where it has no curves. */
  readonly curves: readonly Abscissa[];
  /** Whether compact pages have its curves, too. */
  readonly compact?: true;
  /** Drawn on a logarithmic axis. */
  readonly log?: true;
  /** Shown with no more decimals than these. */
  readonly decimals?: number;
  /** What it says, for a reader who has not met it. */
  readonly meaning: string;
  /** What it says on features of a network of the user's. */
  readonly meaningByNetwork?: string;
  /** Measured against the teacher itself, so that the teacher's own value says nothing. */
  readonly toTeacher?: true;
  /** Students are ranked by the metric of the lowest rank that they have. */
  readonly rank?: number;
  /** The metric whose ratio to the teacher's it is, paired row by row. */
  readonly pairedRatioOf?: Metric;
  /** Whether a head is within the floor by it: the teacher's own value between two sets; in which evaluations. */
  readonly heldToFloor?: 'always' | 'without images';
  readonly measure: Measure;
  /** How it is measured where the teacher makes no images. */
  readonly withoutImages?: Measure;
  /** How it is measured where of real images mean and covariance alone are known; not at all unless given. */
  readonly byMoments?: Measure;
}

/** What the numbers of a metric are: a share of all, a multiple of what is right, or how far two sets are apart. */
export type Unit = '%' | 'times' | 'distance' | 'squared distance' | 'kernel value';

/** What a curve is drawn against: the steps of the sampler, or its head forwards a token. */
export type Abscissa = 'steps' | 'nfe';

/** How something is measured: nothing where one of its needs is not there. */
export interface Measure {
  readonly needs: readonly Need[];
  readonly of: (inputs: MetricInputs) => Estimate | undefined;
}

/** What a metric may need. */
export type Need = keyof MetricInputs;

/** The inputs that are needed, all there. */
type Given<Needs extends Need> = { readonly [Name in Needs]: NonNullable<MetricInputs[Name]> };

/** A measure that gets just what it needs; undefined where it does not apply to what it got. */
export const measureOn = <Needs extends Need>(
  needs: readonly Needs[],
  measure: (given: Given<Needs>) => Estimate | undefined,
): Measure => ({ needs, of: (inputs) => (gives(inputs, needs) ? measure(inputs) : undefined) });

const gives = <Needs extends Need>(
  inputs: MetricInputs,
  needs: readonly Needs[],
): inputs is MetricInputs & Given<Needs> => needs.every((name) => inputs[name] !== undefined);

/** A metric under its literal name. */
export const defineMetric = <const Name extends string>(metric: Metric<Name>): Metric<Name> => metric;

/** What metrics of some names measured; absent where one does not apply. */
export type QualityOf<Name extends string> = { readonly [Each in Name]?: Estimate };

/** All metrics of a table whose needs are there. */
export function measured<Name extends string>(inputs: MetricInputs, table: readonly Metric<Name>[]): QualityOf<Name> {
  const quality: { [Each in Name]?: Estimate } = {};
  for (const metric of table) {
    const measure =
      (inputs.features === undefined && metric.withoutImages) ||
      (inputs.realMoments !== undefined && metric.byMoments) ||
      metric.measure;
    const estimate = measure.of(inputs);
    if (estimate !== undefined) quality[metric.name] = estimate;
  }
  return quality;
}
