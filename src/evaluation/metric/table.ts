import { extensibleList } from '../../ground/plugin/table.ts';
import { accuracy } from './accuracy.ts';
import { contextMmd } from './context-mmd.ts';
import { contextPrecision } from './context-precision.ts';
import { contextRecall } from './context-recall.ts';
import { contextSlicedW2 } from './context-sliced-w2.ts';
import { coverage } from './coverage.ts';
import { density } from './density.ts';
import { dispersion } from './dispersion.ts';
import { dispersionWithoutBlank } from './dispersion-without-blank.ts';
import { endpointError } from './endpoint-error.ts';
import { energyDistance } from './energy-distance.ts';
import { energyToOwn } from './energy-to-own.ts';
import { fd } from './fd.ts';
import { fdGap } from './fd-gap.ts';
import { fdInfinity } from './fd-infinity.ts';
import { fdRatio } from './fd-ratio.ts';
import { fdToTeacher } from './fd-to-teacher.ts';
import { kid } from './kid.ts';
import { memorisation } from './memorisation.ts';
import type { Metric, QualityOf } from './metric.ts';
import { precision } from './precision.ts';
import { recall } from './recall.ts';
import { selfConsistency } from './self-consistency.ts';
import { slicedW2 } from './sliced-w2.ts';

const builtIn = [
  fd,
  fdGap,
  fdRatio,
  fdToTeacher,
  fdInfinity,
  kid,
  slicedW2,
  precision,
  recall,
  density,
  coverage,
  memorisation,
  energyDistance,
  energyToOwn,
  contextMmd,
  contextSlicedW2,
  contextPrecision,
  contextRecall,
  dispersion,
  dispersionWithoutBlank,
  endpointError,
  selfConsistency,
  accuracy,
] as const;

export type MetricName = (typeof builtIn)[number]['name'];

/** A metric of the table. */
export type TableMetric = Metric<MetricName>;

/** The metrics in the order in which they are measured, written and shown. */
export const metrics: readonly TableMetric[] = extensibleList<TableMetric>('metrics', builtIn);

/** The metrics of one set of samples against what it is compared with; absent where one does not apply. */
export type Quality = QualityOf<MetricName>;
