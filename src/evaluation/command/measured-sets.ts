/** Metrics of the sets of samples that a command made. */
import { DataError } from '../../ground/errors.ts';
import type { MetricInputs } from '../metric/inputs.ts';
import { kid } from '../metric/kid.ts';
import { measured } from '../metric/metric.ts';
import { type PreparedRows, prepareRows } from '../metric/prepared-rows.ts';
import { metrics } from '../metric/table.ts';
import type { FixedMoments } from '../statistics/moments.ts';
import type { CommandQuality } from './result.ts';
import type { SampleSet } from './sample-set.ts';

/** What sets are compared with beside the teacher's: features of real images, or mean and covariance of such. */
export interface ToldReal {
  readonly real?: PreparedRows;
  readonly realMoments?: FixedMoments;
}

/** The teacher's two sets, of which students have the first one's seed, and what stands beside them. */
export interface ComparedSets {
  readonly own: PreparedRows;
  readonly other: PreparedRows;
  readonly told?: ToldReal;
}

/** The rows of a set, those of one sample as one independent unit. */
export const preparedSet = ({ rows, together }: SampleSet): PreparedRows => prepareRows(rows, together);

/**
 * All metrics of a head's set. Where something stands in the place of real images, distances are to that, and to the teacher's
 * other set; else all are to the teacher's other set.
 */
export const headQuality = (set: PreparedRows, { own, other, told }: ComparedSets): CommandQuality =>
  qualityOf(
    told === undefined
      ? { features: set, real: other }
      : { features: set, ...told, otherFeatures: other, ...(set !== own && { pairedFeatures: own }) },
  );

/** The same between the teacher's two sets. */
export const floorQuality = ({ own, other, told }: ComparedSets): CommandQuality =>
  qualityOf(told === undefined ? { features: other, real: own } : { features: other, otherFeatures: own });

function qualityOf(inputs: MetricInputs): CommandQuality {
  const { cluster } = inputs.features?.grouping ?? { cluster: 1 };
  const table = cluster === 1 ? metrics : metrics.filter(({ name }) => name !== kid.name); // its interval takes rows for independent
  return measured(inputs, table) as CommandQuality;
}

/** The distances that are held to the floor, the first that was measured. */
const held = (told: boolean): readonly string[] => (told ? ['fdToTeacher'] : ['fd', 'slicedW2']);

/** The metrics by which a head is outside the floor: over its upper end; undefined where none was measured. */
export function outsideFloor(quality: CommandQuality, floor: CommandQuality, told: boolean): string[] | undefined {
  const name = held(told).find((one) => quality[one] !== undefined && floor[one] !== undefined);
  const [own, limit] = [quality[name ?? ''], floor[name ?? '']];
  if (name === undefined || own === undefined || limit === undefined) return undefined;
  return own.value <= limit.high ? [] : [name];
}

/** Checks that a set is as large as the teacher's: distances of other sizes have another bias. Throws DataError. */
export function checkAlike(set: SampleSet, teacher: SampleSet, where: string): void {
  const shapeOf = ({ rows, together }: SampleSet): string => {
    const [count = 0, width = 0] = rows.shape;
    return `[${[count / together, ...(together === 1 ? [] : [together]), width].join(', ')}]`;
  };
  const [own, wanted] = [shapeOf(set), shapeOf(teacher)];
  if (own !== wanted)
    throw new DataError(
      `${where}: expected samples ${wanted}, as the teacher's first, got ${own}; delete it to run the command again`,
    );
}
