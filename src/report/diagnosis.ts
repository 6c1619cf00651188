import { percent } from './number.ts';
import { type Entry, entriesOf, ratioToTeacher, type Summary } from './summary.ts';

/** Dispersion below `narrow` is lost diversity, below `collapsed` a collapse; above `wide` it is noise or artefacts. */
export const collapseBounds = { collapsed: 0.7, narrow: 0.9, wide: 1.1 } as const;

/** How bad it is. */
export type Severity = 'good' | 'fair' | 'poor';

/** What is wrong with a head at a step count, or that nothing is, in plain words. */
export interface Diagnosis {
  readonly entry: Entry;
  readonly severity: Severity;
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

function distanceFinding(entry: Entry, { teacher, ranking }: Summary): Finding | undefined {
  const ratio = ratioToTeacher(entry, teacher, ranking)?.value;
  if (ratio === undefined || teacher.kind !== 'teacher' || ranking.best !== 'low') return undefined;
  const severity = ratio <= 1.1 ? 'good' : ratio <= 1.6 ? 'fair' : 'poor';
  return { severity, words: `${ranking.label} is ${ratio.toFixed(2)} times the teacher’s` };
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

const worst = (findings: readonly Finding[]): Severity =>
  severities[Math.max(0, ...findings.map(({ severity }) => severities.indexOf(severity)))] ?? 'good';

/** Diagnoses one head at one step count against the teacher. */
export function diagnose(entry: Entry, summary: Summary): Diagnosis {
  const [spread, accuracy] = [spreadFinding(entry), accuracyFinding(entry, summary.teacher)];
  const findings = [spread, accuracy, distanceFinding(entry, summary)].filter((finding) => finding !== undefined);
  const words = findings.map((finding) => finding.words).join('; ');
  const sentence =
    words === ''
      ? 'Nothing that would show a collapse was measured.'
      : `${words}.${conclusion(entry, spread, accuracy)}`;
  return { entry, severity: worst(findings), sentence: sentence.charAt(0).toUpperCase() + sentence.slice(1) };
}

/** The diagnosis of every student at every step count. */
export const diagnoses = (summary: Summary): readonly Diagnosis[] =>
  entriesOf(summary, 'student').map((entry) => diagnose(entry, summary));
