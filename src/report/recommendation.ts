import { counted } from '../ground/counted.ts';
import { apart } from './apart.ts';
import { diagnose } from './diagnosis.ts';
import { estimateText, forwardsText, times } from './number.ts';
import { bestBy, type Entry, entriesOf, entryLabel, isBetter, ratioToTeacher, type Summary } from './summary.ts';

/** Which students to use, or that none is worth its training. */
export interface Recommendation {
  /** The student nearest to the teacher; undefined where none is recommended. */
  readonly quality?: Entry;
  /** The fastest one that is not poor. */
  readonly speed?: Entry;
  /** What the teacher does without any training at no more forwards, the best of it. */
  readonly rival?: Entry;
}

/**
 * A student is recommended where it is not poor and no solver of the teacher, at no more head forwards, is better by
 * intervals that lie apart: else the solver does the same and needs no training.
 */
export function recommend(summary: Summary): Recommendation {
  const { ranking } = summary;
  const worth = entriesOf(summary, 'student').filter((entry) => {
    const rival = rivalOf(entry, summary);
    return diagnose(entry, summary).standing.severity !== 'poor' && !(rival && isBeaten(entry, rival, summary));
  });
  const quality = bestBy(ranking, worth);
  const [speed] = [...worth].sort((a, b) => (b.speedup ?? 0) - (a.speedup ?? 0) || a.nfe - b.nfe);
  const rival = quality && rivalOf(quality, summary);
  return { ...(quality && { quality }), ...(speed && { speed }), ...(rival && { rival }) };
}

/** The best of the teacher's solvers at no more head forwards. */
const rivalOf = ({ nfe }: Entry, summary: Summary): Entry | undefined =>
  bestBy(
    summary.ranking,
    entriesOf(summary, 'solver').filter(
      (solver) => solver.nfe <= nfe && solver.rows.every(({ own }) => own === undefined),
    ),
  );

function isBeaten(student: Entry, rival: Entry, { ranking }: Summary): boolean {
  const [own, other] = [student.quality[ranking.name], rival.quality[ranking.name]];
  return own !== undefined && other !== undefined && apart(own, other) && isBetter(ranking, other.value, own.value);
}

/** The recommendation in one or two sentences; empty where there is no student. */
export function recommendationSentence(summary: Summary): string {
  if (entriesOf(summary, 'student').length === 0) return '';
  const { quality, speed, rival } = recommend(summary);
  if (quality === undefined || speed === undefined)
    return 'No student is recommended: each is far from the teacher, or a solver of the teacher is better at no more head forwards.';
  const one = quality === speed;
  const choice = one
    ? `Recommended for quality and for speed: ${described(quality, summary)}.`
    : `Recommended for quality: ${described(quality, summary)}; for speed: ${described(speed, summary)}.`;
  const own = quality.quality[summary.ranking.name];
  const other = rival?.quality[summary.ranking.name];
  if (rival === undefined || own === undefined || other === undefined) return choice;
  return `${choice} Without training, the best at no more than ${counted(quality.nfe, 'forwards', forwardsText(quality.nfe))} is ${entryLabel(rival)}: ${summary.ranking.label} ${estimateText(other, summary.ranking)} against ${estimateText(own, summary.ranking)}.`;
}

function described(entry: Entry, summary: Summary): string {
  const ratio = ratioToTeacher(entry, summary, summary.ranking);
  const facts = [
    ...(ratio ? [`${ratio.value.toFixed(2)} times the teacher’s ${summary.ranking.label}`] : []),
    ...(entry.speedup === undefined ? [] : [`${times(entry.speedup)} as fast`]),
  ];
  return `${entryLabel(entry)}${facts.length > 0 ? ` (${facts.join(', ')})` : ''}`;
}
