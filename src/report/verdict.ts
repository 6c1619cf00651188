import { dispersion } from '../evaluation/metric/dispersion.ts';
import { fdRatio } from '../evaluation/metric/fd-ratio.ts';
import type { TableMetric } from '../evaluation/metric/table.ts';
import type { Estimate } from '../ground/estimate.ts';
import { commandSentence } from './by-command.ts';
import { diagnose } from './diagnosis.ts';
import { findings } from './finding/table.ts';
import { floorSentence, withinFloor } from './floor-test.ts';
import { leftOutSentences } from './left-out.ts';
import { estimateText, forwardsText, number, times, valueText } from './number.ts';
import { ownSamplerSentence } from './own-sampler.ts';
import { noiseScalesSentence, ownTimesSentence } from './own-times.ts';
import { recommendationSentence } from './recommendation.ts';
import { solverSentence } from './solver-comparison.ts';
import type { Standing } from './standing.ts';
import { bestBy, type Entry, entriesOf, ratioToTeacher, type Summary } from './summary.ts';
import { fitted, shorten, type TextColumn, textTable, wrap } from './terminal-table.ts';
import { bestTrade, tradeSentence } from './trade.ts';
import type { TrainingLog } from './training-log.ts';

/** What a run comes to: its best trade of quality for head forwards. */
export interface Verdict {
  readonly student?: Entry;
  readonly speedup?: number;
  readonly speedBasis?: 'image' | 'head';
  readonly metric: TableMetric;
  readonly quality?: Estimate;
  readonly teacherQuality?: Estimate;
  readonly ratio?: Estimate;
  /** How it stands to its teacher, in the words of the page and of the card. */
  readonly standing?: Standing;
  /** Whether it is farther from the teacher than the floor; false where either was not measured. */
  readonly outsideFloor?: boolean;
  /** The line that says it. */
  readonly line: string;
  /** Which students to use, for quality and for speed, or that none is worth it; empty without any. */
  readonly recommendation: string;
  /** Why this student is the headline; empty where there was no choice. */
  readonly trade: string;
  /** How the student stands to the teacher's solvers at as many steps; empty where none was measured. */
  readonly solvers: string;
}

const TERMINAL = 100; // columns
/** Findings that a terminal shows; the page has all. */
const FINDINGS = 6;

/** What a speed-up is of. */
export const speedNoun = { image: 'images', head: 'head' } as const;

type Facts = Omit<Verdict, 'line' | 'recommendation' | 'trade' | 'solvers'>;

function speedPhrase({ speedup, speedBasis }: Facts): string | undefined {
  return speedup === undefined || speedBasis === undefined
    ? undefined
    : `${times(speedup)} faster ${speedNoun[speedBasis]}`;
}

function qualityPhrase({ metric, quality, teacherQuality, ratio }: Facts): string | undefined {
  if (quality === undefined) return undefined;
  const own = `${metric.label} ${estimateText(quality, metric)}`;
  if (teacherQuality === undefined) return own;
  const against = `${own} against the teacher’s ${valueText(teacherQuality, metric)}`;
  return ratio === undefined ? against : `${against} (ratio ${estimateText(ratio, fdRatio)})`;
}

const standingPhrases = ({ standing, outsideFloor }: Facts): readonly string[] =>
  [standing?.phrase ?? '', outsideFloor ? 'outside the teacher–teacher floor' : ''].filter((phrase) => phrase !== '');

function lineOf(facts: Facts): string {
  if (facts.student === undefined) return 'No student was evaluated.';
  const phrases = [speedPhrase(facts), qualityPhrase(facts), ...standingPhrases(facts)].filter(
    (phrase) => phrase !== undefined,
  );
  return `${facts.student.steps}-step ${facts.student.name}: ${phrases.join(', ') || 'nothing was measured'}`;
}

/** The verdict on a run. */
export function verdictOf(summary: Summary): Verdict {
  const { teacher, ranking: metric, speedBasis } = summary;
  const found = bestTrade(summary);
  if (found === undefined) return { metric, line: lineOf({ metric }), recommendation: '', trade: '', solvers: '' };
  const student = found.chosen;
  const teacherQuality = teacher.kind === 'teacher' ? teacher.quality[metric.name] : undefined;
  const quality = student.quality[metric.name];
  const ratio = teacherQuality && ratioToTeacher(student, summary, metric);
  const facts: Facts = {
    ...{ metric, student, standing: diagnose(student, summary).standing },
    outsideFloor: withinFloor(student.quality, summary) === false,
    ...(student.speedup !== undefined && { speedup: student.speedup }),
    ...(speedBasis && { speedBasis }),
    ...(quality && { quality }),
    ...(teacherQuality && { teacherQuality }),
    ...(ratio && { ratio }),
  };
  return {
    ...facts,
    line: lineOf(facts),
    recommendation: recommendationSentence(summary),
    trade: tradeSentence(summary, found),
    solvers: solverSentence(summary, student),
  };
}

const columns: readonly TextColumn[] = [
  { title: 'Head', align: 'left' },
  { title: 'Steps', align: 'right' },
  { title: 'NFE', align: 'right' },
  { title: '', align: 'left' },
  { title: '÷ teacher', align: 'right' },
  { title: 'Dispersion', align: 'right' },
  { title: 'Images/s', align: 'right' },
  { title: 'Speed-up', align: 'right' },
];

function cells(entry: Entry, summary: Summary, nameLimit: number): readonly string[] {
  const { teacher, ranking } = summary;
  const { quality, speed, speedup } = entry;
  const ratio = ratioToTeacher(entry, summary, ranking);
  const own = quality[ranking.name];
  return [
    shorten(entry.name, nameLimit),
    String(entry.steps),
    forwardsText(entry.nfe),
    own ? estimateText(own, ranking) : '',
    ratio && entry !== teacher ? valueText(ratio, fdRatio) : '',
    quality.dispersion && entry.kind !== 'teacher' ? valueText(quality.dispersion, dispersion) : '',
    speed?.imagesPerSecond === undefined ? '' : number(speed.imagesPerSecond),
    speedup === undefined ? '' : times(speedup),
  ];
}

/** The best solver baseline at each NFE that students have. */
function bestSolvers(summary: Summary): readonly Entry[] {
  const evaluations = new Set(entriesOf(summary, 'student').map(({ nfe }) => nfe));
  const solvers = entriesOf(summary, 'solver');
  return [...evaluations].flatMap(
    (nfe) =>
      bestBy(
        summary.ranking,
        solvers.filter((solver) => solver.nfe === nfe),
      ) ?? [],
  );
}

/** The verdict for a terminal of 100 columns: the line, then teacher, students and the best solvers at equal NFE. */
export function verdictText(summary: Summary, training: readonly TrainingLog[] = []): string {
  const shown = [summary.teacher, ...entriesOf(summary, 'student'), ...bestSolvers(summary)];
  const titled = columns.map((column) =>
    column.title === '' ? { ...column, title: `${summary.ranking.label} [95 %]` } : column,
  );
  const draw = (limit: number): string =>
    textTable(
      titled,
      shown.map((entry) => cells(entry, summary, limit)),
    );
  const table = fitted(draw, TERMINAL, [26, 8]);
  const { line, recommendation, trade, solvers } = verdictOf(summary);
  const sentences = [
    ...[
      ...leftOutSentences(summary),
      recommendation,
      trade,
      solvers,
      ownTimesSentence(shown),
      noiseScalesSentence(shown),
      floorSentence(summary),
      ownSamplerSentence(summary),
      commandSentence(summary.evaluation),
    ],
  ].filter((sentence) => sentence !== '');
  const found = summary.evaluation.floors.breakdown === undefined ? [] : findings({ summary, training });
  const notes = [
    ...sentences.map((sentence) => wrap(sentence, TERMINAL)),
    ...found
      .slice(0, FINDINGS)
      .map(({ title, where, evidence, advice }) => wrap(`${title} (${where}): ${evidence} ${advice}`, TERMINAL)),
    ...(found.length > FINDINGS ? [`And ${found.length - FINDINGS} more findings: the page has all.`] : []),
    ...(summary.evaluation.preview
      ? [`A preview: ${summary.evaluation.samples.toLocaleString('en-US')} ${summary.evaluation.unit}, short training.`]
      : []),
  ];
  return `${[wrap(shorten(line, 400), TERMINAL), '', table, '', ...notes].join('\n').trimEnd()}\n`;
}
