import type { Estimate } from '../ground/estimate.ts';
import { apart } from './apart.ts';
import { healthOf, isWorse } from './diagnosis.ts';
import { withinFloor } from './floor-test.ts';
import { estimateText } from './number.ts';
import { bestBy, type Entry, entriesOf, entryLabel, pairedRatio, type Summary } from './summary.ts';

/** The student that a run is judged by, and the one of the best quality that it is held against. */
export interface Trade {
  readonly chosen: Entry;
  readonly best: Entry;
}

/**
 * The best trade of a run: of the students' rows that are as good as the best one, the row of the fewest head forwards.
 *
 * Best is the best value of the ranking metric. As good is a row of which two of three hold: it is at most a tenth off it; it is not
 * told apart from it (the intervals of the ratio to the teacher meet, which are paired by prompt and noise; of the metric itself where
 * that was not measured); it is with it within the teacher–teacher floor. And its spread and accuracy stand no worse. More steps
 * only cost where they buy nothing that was measured, and the most steps were the headline of every run before, whatever
 * they bought. None of the three is enough: intervals meet where samples are few, floors are wide where metrics are blunt, and a
 * tenth may be a real one. Spread and accuracy keep a collapsed row, whose wide interval meets all others, from the
 * headline. Ties go to the faster, then to the better row. Undefined without a student.
 */
export function bestTrade(summary: Summary): Trade | undefined {
  const students = entriesOf(summary, 'student');
  const best = bestBy(summary.ranking, students);
  if (best === undefined) {
    const [cheapest] = [...students].sort(cheaper);
    return cheapest && { chosen: cheapest, best: cheapest };
  }
  const equals = students.filter((entry) => entry === best || isAsGood(entry, best, summary));
  const fewest = [...equals].sort(cheaper)[0] ?? best;
  const tied = equals.filter((entry) => cheaper(entry, fewest) === 0);
  return { chosen: bestBy(summary.ranking, tied) ?? fewest, best };
}

/** Fewer head forwards first, then the faster. */
const cheaper = (a: Entry, b: Entry): number => a.nfe - b.nfe || (b.speedup ?? 0) - (a.speedup ?? 0);

function isAsGood(entry: Entry, best: Entry, summary: Summary): boolean {
  const [own, other] = comparable(entry, best, summary);
  if (own === undefined || other === undefined) return false;
  if (isWorse(healthOf(entry, summary), healthOf(best, summary))) return false;
  const inFloor = (row: Entry): boolean => withinFloor(row.quality, summary) === true;
  const holds = [isNear(own, other), !apart(own, other), inFloor(entry) && inFloor(best)];
  return holds.filter(Boolean).length >= 2;
}

/** At most a tenth off the best. */
const isNear = ({ value }: Estimate, { value: best }: Estimate): boolean =>
  Math.abs(value - best) <= 0.1 * Math.abs(best);

/** The two estimates that say most of the difference: the paired ratios where the ranking metric has them. */
function comparable(a: Entry, b: Entry, { ranking, metrics }: Summary): readonly (Estimate | undefined)[] {
  const own = [a.quality[ranking.name], b.quality[ranking.name]];
  const paired = [a, b].map(({ quality }) => pairedRatio(quality, metrics, ranking));
  return !paired.includes(undefined) && !own.includes(undefined) ? paired : own;
}

/** What the headline is, in one sentence; empty where there was nothing to choose from or to choose by. */
export function tradeSentence(summary: Summary, { best }: Trade): string {
  const { ranking } = summary;
  const own = best.quality[ranking.name];
  if (own === undefined || entriesOf(summary, 'student').length < 2) return '';
  const held = `${entryLabel(best)}: ${estimateText(own, ranking)}`;
  return `The headline is the best trade: of the students that are as good as the best one (${held}), the one of the fewest head forwards. As good is one of which two of three hold (its ${ranking.label} is at most a tenth off, is not told apart, is within the teacher–teacher floor as the best one’s is) and whose spread and accuracy stand no worse.`;
}
