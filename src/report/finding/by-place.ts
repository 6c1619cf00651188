import type { Breakdown } from '../../evaluation/breakdown/breakdown.ts';
import type { EvaluationRow } from '../../evaluation/stage/result.ts';
import { standardError } from '../../evaluation/statistics/interval.ts';
import { number } from '../number.ts';
import { defineDiagnostic } from './finding.ts';
import { studentRows, whereText } from './students.ts';

/** A mean over the tokens of a third of an image, less the floor's, with its standard error. */
interface Third {
  readonly excess: number;
  readonly error: number;
}

/** The first and the last third of a student's distances by place, less those of the floor. */
type Thirds = readonly [Third, Third];

/** The last third must be so many times the first and so many standard errors above it. */
const [GROWTH, ERRORS] = [2, 4];

/** A student whose tokens are the further from the teacher's the later they come in an image. */
export const growingWithPosition = defineDiagnostic({
  name: 'error-grows-with-position',
  title: 'Error grows along the image',
  find: ({ summary }) => {
    const floor = summary.evaluation.floors.breakdown;
    return studentRows(summary).flatMap(({ name, entries }) => {
      const growing = entries.flatMap((entry) => {
        const [first] = entry.rows.map((row) => growthOf(row, floor));
        return first !== undefined && entry.rows.every((row) => growthOf(row, floor) !== undefined)
          ? [{ entry, ...first }]
          : [];
      });
      const most = growing.at(-1);
      if (most === undefined) return [];
      const [early, late] = most.thirds;
      return {
        where: whereText(
          name,
          growing.map(({ entry }) => entry),
        ),
        evidence: `Beyond the floor, the energy distance of ${most.loop === 'free' ? 'tokens that it draws after its own' : 'tokens after real ones'} is ${number(early.excess)} in the first third of an image and ${number(late.excess)} in the last.`,
        advice:
          most.loop === 'free'
            ? 'Its own errors lead it away: train under prefixes that were sampled (trajectories.freeRunning), or finish it on-policy.'
            : 'Late contexts are harder or rarer: cache more contexts, or take more steps there.',
      };
    });
  },
});

interface Growth {
  readonly thirds: Thirds;
  readonly loop: 'free' | 'forced';
}

function growthOf({ breakdown }: EvaluationRow, floor: Breakdown | undefined): Growth | undefined {
  if (breakdown === undefined || floor === undefined) return undefined;
  const forced = thirdsOf(placed(breakdown), placed(floor));
  if (forced !== undefined && isGrowth(forced)) return { thirds: forced, loop: 'forced' };
  const free = breakdown.tokens && floor.tokens && thirdsOf(inOrder(breakdown.tokens), inOrder(floor.tokens));
  return free !== undefined && isGrowth(free) ? { thirds: free, loop: 'free' } : undefined;
}

const isGrowth = ([early, late]: Thirds): boolean =>
  late.excess > GROWTH * Math.max(0, early.excess) &&
  late.excess - early.excess > ERRORS * Math.hypot(early.error, late.error);

/** Values with the place of each. */
type Placed = readonly (readonly [number, number])[];

const placed = ({ contexts }: Breakdown): Placed =>
  contexts.energyDistance.map((value, i) => [contexts.position[i] ?? 0, value]);

const inOrder = ({ energyDistance }: { readonly energyDistance: readonly number[] }): Placed =>
  energyDistance.map((value, place) => [place, value]);

/** Fewer values in a third say nothing. */
const FEW = 4;

function thirdsOf(own: Placed, floor: Placed): Thirds | undefined {
  const length = 1 + Math.max(0, ...own.map(([place]) => place));
  const part = (values: Placed, third: number): number[] =>
    values.flatMap(([place, value]) => (Math.floor((3 * place) / length) === third ? [value] : []));
  const [early, late] = [0, 2].map((third): Third | undefined => {
    const [mine, theirs] = [part(own, third), part(floor, third)];
    return Math.min(mine.length, theirs.length) < FEW
      ? undefined
      : { excess: mean(mine) - mean(theirs), error: Math.hypot(errorOf(mine), errorOf(theirs)) };
  });
  return early && late && [early, late];
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const errorOf = (values: readonly number[]): number => standardError(Float64Array.from(values)) ?? 0;
