import type { TableMetric } from '../evaluation/metric/table.ts';
import type { MeasuredPrecisions } from '../evaluation/precision/file.ts';
import { counted } from '../ground/counted.ts';
import { type Hearing, partsOf } from '../heads/context.ts';
import { breakEvenTokens } from './break-even.ts';
import { contextText, fileOrder, fileRow } from './card-files.ts';
import { countsByToken } from './counts-by-token.ts';
import { diagnose } from './diagnosis.ts';
import { floorSentence } from './floor-test.ts';
import { leftOutSentences } from './left-out.ts';
import { count, duration, estimateText, forwardsText, milliseconds, number, times } from './number.ts';
import { ownSamplerSentence } from './own-sampler.ts';
import { noiseScalesText, ownTimesText } from './own-times.ts';
import { precisionBasis, precisionRows, precisionSentences, precisionTitles } from './precisions.ts';
import { type Entry, entriesOf, entryLabel, headLatency, type Summary, studentOf } from './summary.ts';
import { bestTrade } from './trade.ts';

/** What a card tells beside the evaluation: the student's files, and the seed that it was trained with. */
export interface CardFacts {
  readonly files: readonly string[];
  readonly seed: number;
  /** The whole run, all seeds together, as its report judges it; the card's own rows unless given. */
  readonly run?: Summary;
  /** What the student hears of a context; `two-way` unless given. */
  readonly hearing?: Hearing;
  /** What was measured of other precisions than float32, where there are some. */
  readonly precisions?: MeasuredPrecisions;
}

/** Text that Markdown shows as it is, in a table too. */
const plain = (text: string): string => text.replace(/[\\`*_[\]<>|]/g, '\\$&').replace(/\s+/g, ' ');

/** The rows of a student, by all its samplers. */
const rowsOf = (student: string, summary: Summary): readonly Entry[] =>
  entriesOf(summary, 'student').filter((entry) => studentOf(entry) === student);

/** What tells a row from the others of its card: its steps, and its name where that is another sampler's. */
const stepsOf = (entry: Entry): string =>
  entry.kind === 'student' && entry.name !== studentOf(entry) ? entryLabel(entry) : counted(entry.steps, 'steps');

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const table = (titles: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(titles), row(titles.map(() => '---')), ...rows.map(row)].join('\n');

/** The table of precisions, empty where there is float32 alone. */
const precisionSection = (precisions: MeasuredPrecisions | undefined): string =>
  precisions === undefined
    ? ''
    : `## Precisions

${table(precisionTitles, precisionRows(precisions))}

${[precisionBasis(precisions), ...precisionSentences(precisions)].map(plain).join('\n\n')}

`;

const measured = (entries: readonly Entry[], { metrics }: Summary): readonly TableMetric[] =>
  metrics.filter(({ name }) => entries.some(({ quality }) => quality[name] !== undefined));

function metricTable(own: readonly Entry[], summary: Summary): string {
  const { teacher } = summary;
  const columns = [...own, ...(teacher.kind === 'teacher' ? [teacher] : [])];
  const cell = ({ quality, kind }: Entry, metric: TableMetric): string => {
    const estimate = kind === 'teacher' && metric.toTeacher ? undefined : quality[metric.name];
    return estimate ? estimateText(estimate, metric) : '–';
  };
  const title = (entry: Entry): string => (entry.kind === 'teacher' ? `teacher, ${stepsOf(entry)}` : stepsOf(entry));
  const speed = (entry: Entry): string => {
    const latency = headLatency(entry);
    return latency === undefined ? '–' : milliseconds(latency)[0];
  };
  return table(
    ['', ...columns.map(title)],
    [
      ...measured(columns, summary).map((metric) => [metric.label, ...columns.map((entry) => cell(entry, metric))]),
      ...(columns.some((entry) => ownTimesText(entry) !== undefined)
        ? [['Times of the steps', ...columns.map((entry) => ownTimesText(entry) ?? 'equal')]]
        : []),
      ...(columns.some((entry) => noiseScalesText(entry) !== undefined)
        ? [['Factors on the noise, in the files', ...columns.map((entry) => noiseScalesText(entry) ?? '1')]]
        : []),
      ...(columns.some((entry) => countsByToken(entry) !== undefined)
        ? [['Steps by token of an image', ...columns.map((entry) => countsByToken(entry) ?? 'the same')]]
        : []),
      ['Head forwards a token', ...columns.map(({ nfe }) => forwardsText(nfe))],
      ['Head latency, batch 1', ...columns.map(speed)],
      ['Speed-up', ...columns.map(({ speedup }) => (speedup === undefined ? '–' : times(speedup)))],
    ],
  );
}

/** How the student stands at each step count, by the rows and in the words of the run's report. */
function quality(student: string, run: Summary, seed: number): string {
  const own = rowsOf(student, run);
  const seeds = Math.max(0, ...own.map(({ rows }) => rows.length));
  const chosen = bestTrade(run)?.chosen;
  const lines = own.map((entry) => {
    const { standing, sentence } = diagnose(entry, run);
    const trade = entry === chosen ? ' This is the best trade of its run.' : '';
    return `- **${stepsOf(entry)}: ${standing.word}.** ${plain(sentence)}${trade}`;
  });
  const basis =
    seeds > 1 ? [`Over the ${seeds} seeds of the run, as its report says; the table is of seed ${seed}.`, ''] : [];
  return [...basis, ...lines].join('\n');
}

/** When a student has paid for itself; empty where that is not known. */
function evenText(entry: Entry, summary: Summary): string {
  const tokens = breakEvenTokens(entry, summary);
  if (tokens === undefined) return '';
  return ` At ${counted(entry.steps, 'steps')} that is paid for after ${count(tokens)} tokens, by the head forwards that it saves.`;
}

function training(own: readonly Entry[], summary: Summary, seed: number): string {
  const { evaluation } = summary;
  const costed = own.find((entry) => entry.cost);
  const cost = costed?.cost;
  const even = costed === undefined ? '' : evenText(costed, summary);
  const spent = cost
    ? `${counted(cost.trainingSteps, 'steps', number(cost.trainingSteps))} in ${duration(cost.trainingSeconds)}; ${count(cost.totalForwards)} head forwards in all, of which ${count(cost.cacheForwards)} made the trajectories (charged in full).${even}`
    : 'The cost was not recorded.';
  return [
    `- Recipe: ${plain(evaluation.recipe)}, hash \`${evaluation.recipeHash}\`, seed ${seed}`,
    `- Teacher: ${plain(evaluation.teacher.name)}, ${count(evaluation.teacher.parameters)} parameters, hash \`${evaluation.teacher.hash}\``,
    `- Training: ${spent}`,
    '- Again:',
    '',
    '```sh',
    evaluation.command.replace(/[\r\n`]/g, ' '),
    '```',
  ].join('\n');
}

/** What the Fréchet distance of a card is. */
function proxyText({ name, hash, distance }: NonNullable<Summary['evaluation']['features']>): string {
  const network = `the features of ${plain(name)} (\`${hash.slice(0, 12)}\`)`;
  if (distance === undefined) return `FD is an FID-proxy on ${network}, not FID`;
  return `${distance} is a Fréchet distance on ${network}${distance === 'FID' ? ', which the recipe says are Inception’s' : ', not FID'}`;
}

function limits(summary: Summary, hearing: Hearing): string {
  const { preview, unit, samples, features } = summary.evaluation;
  const proxy = features
    ? `${proxyText(features)}; it compares only with numbers of the same network and sample count.`
    : 'FD is measured on tokens, not on images; it compares only with numbers of the same tokens and sample count.';
  return [
    '- It replaces the head of its teacher only: it takes the hidden states of that teacher’s backbone, normalised as the teacher has them.',
    hearing === 'alone'
      ? '- Guidance is in its weights, at the one scale of the recipe.'
      : '- The guidance scale is an input; outside the range of the recipe it was not trained.',
    '- Noise is standard normal; another temperature is unsupported.',
    `- ${proxy}`,
    ...leftOutSentences(summary).map((sentence) => `- ${plain(sentence)}`),
    `- Measured on ${samples.toLocaleString('en-US')} ${unit}; intervals are 95 %.`,
    ...(preview ? ['- A preview: a short run on few samples. Numbers will move.'] : []),
  ].join('\n');
}

const stateUsage = `  hidden_unconditional: new Tensor('float32', unconditional, [batch, H]), // and without it
`;

const scaleUsage = `  guidance: new Tensor('float32', new Float32Array(batch).fill(2), [batch]), // 1 is no guidance
`;

const imageUsage = `  hidden_image_only: new Tensor('float32', imageOnly, [batch, H]), // with the image, without the prompt
  guidance_image: new Tensor('float32', new Float32Array(batch).fill(1), [batch]),
`;

const usage = (hearing: Hearing): string => `\`\`\`ts
import { InferenceSession, Tensor } from 'onnxruntime-node';

const sampler = await InferenceSession.create('sampler.onnx');
const { sample } = await sampler.run({
  noise: new Tensor('float32', noise, [batch, D]), // standard normal
  hidden: new Tensor('float32', hidden, [batch, H]), // the backbone’s state under the prompt
${partsOf(hearing).includes('unconditional') ? stateUsage : ''}${hearing === 'alone' ? '' : scaleUsage}${hearing === 'three-way' ? imageUsage : ''}});
\`\`\``;

/**
 * The model card of a student in Markdown: what it is, its files and how to call them, metrics at each step count with
 * intervals, what it cost, and its limits. The summary should hold the rows of the exported seed only.
 */
export function modelCard(
  summary: Summary,
  student: string,
  { files, seed, run = summary, hearing = 'two-way', precisions }: CardFacts,
): string {
  const own = rowsOf(student, summary);
  const floor = [floorSentence(summary), ownSamplerSentence(summary)].filter((text) => text !== '').join(' ');
  const steps = [...new Set(own.map((entry) => entry.steps))].join(', ');
  return `# ${plain(student)}

A few-step flow head, distilled from ${plain(summary.evaluation.teacher.name)} by ${plain(own[0]?.method ?? student)}. It turns standard normal noise into a token in ${steps} ${steps === '1' ? 'step' : 'steps'}; time runs from noise at 0 to data at 1. One jump is one head forward, guidance included.

## Files

${table(
  ['File', 'What it is'],
  [...files].sort((a, b) => fileOrder(a) - fileOrder(b)).map((file) => fileRow(file, contextText(hearing))),
)}

The ONNX files hold standard operators only (opset 17${files.some((file) => file.includes('.int4.')) ? '; int4 one of onnxruntime’s' : ''}) and take any batch.

${files.includes('sampler.onnx') ? `${usage(hearing)}\n\n` : ''}## Quality

${metricTable(own, summary)}

${floor === '' ? '' : `${floor}\n\n`}${quality(student, run, seed)}

${precisionSection(precisions)}## How it was made

${training(own, summary, seed)}

## Limits

${limits(summary, hearing)}
`;
}
