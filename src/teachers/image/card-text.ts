import type { Estimate } from '../../ground/estimate.ts';
import { numberWord } from '../../ground/number-word.ts';
import type { ImageDataSet } from '../data/image-data-set.ts';
import { tokensPerImage } from '../data/patches.ts';
import { imageDataSet } from '../data/table.ts';
import type { TeacherCard } from './card-schema.ts';
import type { TeacherQuality } from './quality.ts';

/** What was measured of a teacher, and with what. */
export interface CardQuality extends TeacherQuality {
  /** Guidance scale of the rows by step count. */
  readonly guidance: number;
  /** Step count at which guidance scales are compared. */
  readonly manySteps: number;
  readonly prompts: readonly string[];
  /** SHA-256 of the weights. */
  readonly hash: string;
  readonly features: { readonly name: string; readonly hash: string; readonly accuracy: number };
}

/** A teacher's card as Markdown; without measurements it says how to make them. */
export function cardText(card: TeacherCard, quality?: CardQuality): string {
  const data = imageDataSet(card.data.kind);
  const { patch } = card.data;
  const measured = quality === undefined ? notMeasured : measurements(quality, data);
  return `# ${card.name}

NextStep in miniature (arXiv 2508.10711): a causal transformer over the letters of a ${data.thing}'s name, then over the ${tokensPerImage({ ...data, patch })}
patches (${patch} × ${patch} pixels) of its image, with next-token prediction on both: cross-entropy for letters, a flow-matching
head (the skeleton of MAR, NextStep and pocket-tts) for patches. It was trained from nothing on ${data.title} by the command
below. Its weights are stored in half precision, and these rounded weights are the teacher.

| | |
|---|---|
| made by | \`${card.command}\` |
| data | ${data.title}, ${data.counts.train.toLocaleString('en-US')} training images (${data.origin}), dequantised, normalised per channel |
| seed | ${card.seed} |
| training | ${card.steps} steps of ${card.batch} images with ${card.draws} noise draws a token, ${duration(card.trainingSeconds)} on ${card.threads} thread${card.threads === 1 ? '' : 's'} of a shared machine |
| times | sigmoid(N(0, 1)), one in five uniform on (0, 1) |
| prompt dropout | ${100 * card.promptDropout} % |
| parameters | ${card.parameters} |
| last loss | ${card.loss.loss.toFixed(4)} (flow ${card.loss.flow.toFixed(4)}, letters ${card.loss.letters.toFixed(4)}) |
| machine | ${card.machine}, Node ${card.node} |
| date | ${card.finishedAt} |

![loss](loss.svg)

${measured}`;
}

const notMeasured = 'Quality has not been measured yet: `fewstep teacher inspect` does.\n';

function measurements(quality: CardQuality, data: ImageDataSet): string {
  const { rows, guidance, features, floor } = quality;
  const bySteps = rows.filter((row) => row.guidance === guidance);
  const byGuidance = rows.filter((row) => row.guidance !== guidance);
  const line = (first: number, { nfe, fd, accuracy }: TeacherQuality['rows'][number]): string =>
    `| ${first} | ${nfe} | ${interval(fd, 2)} | ${percent(accuracy)} |`;
  return `SHA-256 of weights.safetensors: \`${quality.hash}\`

![samples](samples.png)

## Quality against steps

${quality.samples} images from balanced prompts, ${quality.solver} steps under guidance ${guidance}; FID-proxy is the Fréchet distance on
features of \`${features.name}\` (accuracy ${(100 * features.accuracy).toFixed(2)} %, SHA-256 \`${features.hash.slice(0, 12)}…\`)
to ${quality.samples} real images, with its 95 % interval at this number of samples. Between two sets of as many real images it is
${interval(floor, 2)}. "As prompted" is the share of images that the same network classifies as the ${data.thing} that was asked for.

| steps | NFE | FID-proxy | as prompted |
|---|---|---|---|
${bySteps.map((row) => line(row.steps, row)).join('\n')}

Other guidance scales at ${quality.manySteps} steps:

| guidance | NFE | FID-proxy | as prompted |
|---|---|---|---|
${byGuidance.map((row) => line(row.guidance, row)).join('\n')}

## What it fails at

${failures(quality, data)}
`;
}

const WORST = 3;

/** Its least reliable prompts in the row of the grid, and what no number here shows. */
function failures({ rows, guidance, manySteps, prompts, floor }: CardQuality, data: ImageDataSet): string {
  const row = rows.find((one) => one.guidance === guidance && one.steps === manySteps);
  const shares = (row?.accuracyByPrompt ?? []).map((share, prompt) => ({ share, name: prompts[prompt] ?? '' }));
  const worst = shares
    .toSorted((a, b) => a.share - b.share)
    .slice(0, WORST)
    .map(({ share, name }) => `${name} ${(100 * share).toFixed(1)} %`);
  const excess =
    row === undefined
      ? ''
      : ` Its images are ${(row.fd.value / floor.value).toFixed(1)}× as far from real ones as real ones are.`;
  return [
    `At guidance ${guidance} and ${manySteps} steps its least reliable prompts are ${worst.join(', ')}.${excess}`,
    ...data.remarks,
    `It knows ${numberWord(data.prompts.length)} words; other prompts were never learnt.`,
  ]
    .map((sentence) => `- ${sentence}`)
    .join('\n');
}

const interval = ({ value, low, high }: Estimate, digits: number): string =>
  `${value.toFixed(digits)} (${low.toFixed(digits)} – ${high.toFixed(digits)})`;

const percent = ({ value, low, high }: Estimate): string =>
  `${(100 * value).toFixed(1)} % (${(100 * low).toFixed(1)} – ${(100 * high).toFixed(1)})`;

const duration = (seconds: number): string => `${Math.round(seconds / 60)} min`;
