import { counted } from '../ground/counted.ts';
import { apart } from './apart.ts';
import { listed } from './listed.ts';
import { forwardsText } from './number.ts';
import { type Entry, entriesOf, isBetter, type Summary } from './summary.ts';

/** How a student stands to a solver: whether its interval lies apart from the solver's, and on which side. */
type Standing = 'better' | 'close' | 'worse';

const words: Readonly<Record<Standing, string>> = {
  better: 'better than',
  close: 'not told apart from',
  worse: 'worse than',
};

/**
 * A student against the teacher's solvers at as many steps, by the metric that ranks: `At 4 steps, against the teacher’s
 * solvers (8 forwards, its own 4): better than euler and euler (searched times) (disjoint intervals).` Empty where none was measured.
 */
export function solverSentence(summary: Summary, student: Entry): string {
  const solvers = entriesOf(summary, 'solver').filter(({ steps }) => steps === student.steps);
  const found: Record<Standing, string[]> = { better: [], close: [], worse: [] };
  const forwards: number[] = [];
  for (const solver of solvers) {
    const standing = standingOf(summary, student, solver);
    if (standing === undefined) continue;
    found[standing].push(shortName(solver));
    forwards.push(solver.nfe);
  }
  if (forwards.length === 0) return '';
  const phrases = (Object.keys(words) as Standing[])
    .filter((standing) => found[standing].length > 0)
    .map((standing) => {
      const apart = standing === 'close' ? 'intervals overlap' : 'disjoint intervals';
      return `${words[standing]} ${listed(found[standing])} (${apart})`;
    });
  return `At ${counted(student.steps, 'steps')}, against the teacher’s solvers (${range(forwards)}, its own ${forwardsText(student.nfe)}): ${phrases.join(', ')}.`;
}

function standingOf({ ranking }: Summary, student: Entry, solver: Entry): Standing | undefined {
  const [own, other] = [student.quality[ranking.name], solver.quality[ranking.name]];
  if (own === undefined || other === undefined) return undefined;
  if (!apart(own, other)) return 'close';
  return isBetter(ranking, own.value, other.value) ? 'better' : 'worse';
}

/** A solver's row without its teacher: `euler`, `euler (searched times)`, `bns (fitted)`. */
const shortName = ({ name, method }: Entry): string => {
  const [, fit] = name.split(', ');
  return fit === undefined ? method : `${method} (${fit})`;
};

function range(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const text = least === most ? forwardsText(least) : `${forwardsText(least)} to ${forwardsText(most)}`;
  return counted(most, 'forwards', text);
}
