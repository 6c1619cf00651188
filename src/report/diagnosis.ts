import { floorTest, withinFloor } from './floor-test.ts';
import { percent } from './number.ts';
import { type Severity, type Standing, standingOf } from './standing.ts';
import { type Entry, entriesOf, ratioToTeacher, type Summary } from './summary.ts';

/** Dispersion below `narrow` is lost diversity, below `collapsed` a collapse; above `wide` it is noise or artefacts. */
export const collapseBounds = { collapsed: 0.7, narrow: 0.9, wide: 1.1 } as const;

/** How a head at a step count stands to its teacher, and what is wrong with it, or that nothing is, in plain words. */
export interface Diagnosis {
  readonly entry: Entry;
  readonly standing: Standing;
  readonly sentence: string;
}

interface Finding {
  readonly severity: Severity;
  readonly words: string;
}

const lost = (dispersion: number): string => `${Math.round(Math.abs(1 - dispersion) * 100)} %`;

function spreadFinding({ quality }: Entry): Finding | undefined {
  const dispersion = quality.dispersion?.value;
  if (dispersion === undefined) return undefined;
  if (dispersion < collapseBounds.collapsed)
    return {
      severity: 'poor',
      words: `has collapsed: it loses ${lost(dispersion)} of the teacher’s spread, so one prompt gives nearly the same sample again and again`,
    };
  if (dispersion < collapseBounds.narrow)
    return {
      severity: 'fair',
      words: `loses ${lost(dispersion)} of the teacher’s spread: samples of one prompt look more alike than they should`,
    };
  if (dispersion > collapseBounds.wide)
    return {
      severity: 'fair',
      words: `spreads ${lost(dispersion)} wider than the teacher, which usually is noise or artefacts`,
    };
  return { severity: 'good', words: `keeps the teacher’s spread (dispersion ${dispersion.toFixed(2)})` };
}

const tolerated = 0.01; // of accuracy
const serious = 0.05;

function accuracyFinding({ quality }: Entry, teacher: Entry): Finding | undefined {
  const [own, reference] = [quality.accuracy?.value, teacher.quality.accuracy?.value];
  if (own === undefined || reference === undefined) return undefined;
  const gap = reference - own;
  if (gap <= tolerated) return { severity: 'good', words: `${percent(own)} of its images are read as prompted` };
  return {
    severity: gap > serious ? 'poor' : 'fair',
    words: `${percent(own)} of its images are read as prompted, ${(gap * 100).toFixed(1)} points fewer than the teacher’s`,
  };
}

/** Up to these times the teacher's distance a row is close to it, or worth watching; beyond, poor. */
const [near, bearable] = [1.1, 1.6];

function ratioFinding(entry: Entry, summary: Summary): Finding | undefined {
  const { teacher, ranking } = summary;
  const ratio = ratioToTeacher(entry, summary, ranking)?.value;
  if (ratio === undefined || teacher.kind !== 'teacher' || ranking.best !== 'low') return undefined;
  const severity = ratio <= near ? 'good' : ratio <= bearable ? 'fair' : 'poor';
  return { severity, words: `${ranking.label} is ${ratio.toFixed(2)} times the teacher’s` };
}

/** The distance: within the floor it is good whatever its ratio, as a difference below the floor is none. */
function distanceFinding(entry: Entry, summary: Summary): Finding | undefined {
  const [within, ratio] = [withinFloor(entry.quality, summary), ratioFinding(entry, summary)];
  const metric = floorTest(summary)?.metric;
  if (within === undefined || metric === undefined) return ratio;
  const place = `${metric.label} is ${within ? 'within' : 'outside'} the teacher–teacher floor`;
  // The ratio to a teacher whose own distance is the floor says nothing within it.
  const words = ratio === undefined || (within && metric === summary.ranking) ? place : `${ratio.words}; ${place}`;
  return { severity: within ? 'good' : (ratio?.severity ?? 'fair'), words };
}

/** What spread and accuracy say together. */
function conclusion({ quality }: Entry, spread?: Finding, accuracy?: Finding): string {
  const dispersion = quality.dispersion?.value;
  if (!spread || !accuracy || dispersion === undefined) return '';
  if (dispersion < collapseBounds.narrow && accuracy.severity === 'good')
    return ' Legible but repetitive: mode collapse, which a score of single images does not show.';
  if (spread.severity === 'good' && accuracy.severity === 'poor')
    return ' Varied but often wrong: it has not learnt the map yet; train longer.';
  return '';
}

const severities: readonly Severity[] = ['good', 'fair', 'poor'];

const worst = (findings: readonly Finding[]): Severity | undefined =>
  severities.findLast((severity) => findings.some((finding) => finding.severity === severity));

const present = (...findings: readonly (Finding | undefined)[]): readonly Finding[] =>
  findings.filter((finding) => finding !== undefined);

/** What spread and accuracy alone say of a row, without its distance; `good` where neither was measured. */
export const healthOf = (entry: Entry, { teacher }: Summary): Severity =>
  worst(present(spreadFinding(entry), accuracyFinding(entry, teacher))) ?? 'good';

/** Whether one severity is worse than another. */
export const isWorse = (a: Severity, b: Severity): boolean => severities.indexOf(a) > severities.indexOf(b);

/** Diagnoses one head at one step count against the teacher. */
export function diagnose(entry: Entry, summary: Summary): Diagnosis {
  const [spread, accuracy] = [spreadFinding(entry), accuracyFinding(entry, summary.teacher)];
  const distance = distanceFinding(entry, summary);
  const within = withinFloor(entry.quality, summary) === true;
  const standing = standingOf({
    worst: worst(present(spread, accuracy, distance)),
    distance: distance && (within ? 'within' : 'outside'),
  });
  // A poor row is not said to be within the floor: its distance is not what is wrong with it.
  const told = standing.severity === 'poor' && within ? ratioFinding(entry, summary) : distance;
  const words = present(spread, accuracy, told).map((finding) => finding.words);
  const sentence =
    words.length === 0
      ? 'Nothing that would show a collapse was measured.'
      : `${words.join('; ')}.${conclusion(entry, spread, accuracy)}`;
  return { entry, standing, sentence: sentence.charAt(0).toUpperCase() + sentence.slice(1) };
}

/** The diagnosis of every student at every step count. */
export const diagnoses = (summary: Summary): readonly Diagnosis[] =>
  entriesOf(summary, 'student').map((entry) => diagnose(entry, summary));
