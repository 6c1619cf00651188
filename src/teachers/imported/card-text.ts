import { counted } from '../../ground/counted.ts';
import { families } from '../../heads/family/table.ts';
import type { Guidance } from '../../heads/network/network-config.ts';
import { isOneCall, takesTwoTimes } from '../../heads/network/output.ts';
import type { ImportedCard } from './card.ts';
import { evaluationFlops } from './flops.ts';

/** What a head predicts, for people. */
export const predictionTexts = {
  velocity: 'the velocity data − noise',
  'negative-velocity': 'noise − data, the velocity’s negative',
  noise: 'the noise of the straight-line flow',
  data: 'the data of the straight-line flow',
  'ddpm-data': 'the data of a DDPM (1000 steps)',
  'ddpm-noise': 'the noise of a DDPM (cosine, 1000 steps)',
  'ddpm-velocity': 'v = α·noise − σ·data of a DDPM (cosine, 1000 steps)',
} as const;

/** What guidance does to a head. */
export const guidanceTexts: Readonly<Record<Guidance, string>> = {
  output: 'combines outputs with and without the prompt',
  condition: 'combines hidden states, before the head',
  'three-way': 'combines outputs with prompt and image, with the image, with neither',
  inside: 'inside: it takes the state without the prompt and the scale',
  scale: 'inside: it takes the scale',
};

/** What the families' formulas are held to; a user's own weights never are. */
const origin = 'fewstep is tested on numbers of that code; this checkpoint was not compared';

/** What is known of an imported head, as names and texts, a line each. */
export function importedFacts(card: ImportedCard): [name: string, text: string][] {
  const { sizes } = card;
  const { title } = families[card.family];
  return [
    ['family', `${card.family}: ${title}`],
    ['token', `${sizes.token} dimensions`],
    ['condition', `${sizes.condition} dimensions`],
    [
      'width × depth',
      `${sizes.width} × ${sizes.depth}${sizes.hidden === sizes.width ? '' : ` (${sizes.hidden} inside)`}`,
    ],
    ['parameters', `${(card.parameters / 1e6).toFixed(card.parameters < 1e7 ? 2 : 1)} M (${card.parameters})`],
    ['FLOPs per evaluation', `${engineering(evaluationFlops(card))} a token`],
    ['memory', `${engineering(card.bytes, 'B')} stored, ${engineering(4 * card.parameters, 'B')} in float32`],
    [
      'dtype',
      Object.entries(card.dtypes)
        .map(([dtype, count]) => `${dtype} (${count} tensors)`)
        .join(', '),
    ],
    ...(isOneCall(families[card.family]) ? oneCallFacts(card) : flowFacts(card)),
    ['latent scale', String(card.latentScale)],
    ['use_norm', card.useNorm ? 'each sampled token is normalised' : 'off'],
    ['beside the head', card.extras.join(', ') || 'nothing'],
    ['prefix', card.prefix === '' ? '(none)' : card.prefix],
    [`${card.family} against its original code`, origin],
    ['source', card.source.path],
    ['SHA-256 of the weights', card.weights],
  ];
}

/** What is told of a head that is a flow. */
function flowFacts(card: ImportedCard): [name: string, text: string][] {
  const { sizes, conventions } = card;
  const { official } = families[card.family];
  const variances = sizes.output > sizes.token ? `, variances behind (output ${sizes.output})` : '';
  return [
    ['predicts', predictionTexts[conventions.prediction ?? 'velocity'] + variances],
    ['time', timeText(card)],
    ['guidance', guidanceTexts[conventions.guidance ?? 'output']],
    ['original sampling', `${official.rule}, ${counted(official.steps, 'steps')}, guidance ${official.guidance}`],
  ];
}

/** What is told of a head that is called once. */
const oneCallFacts = ({ sizes }: ImportedCard): [name: string, text: string][] => [
  ['predicts', 'a token'],
  ['noise', `${sizes.noise ?? sizes.token} numbers, uniform from −½ to ½`],
  ['time', 'none'],
  ['guidance', 'none'],
  ['original sampling', 'one call a token'],
];

function timeText({ family, timeScale, conventions }: ImportedCard): string {
  const { prediction = 'velocity', truncateTime = false, bf16Time = false, startIndex } = conventions;
  const kind =
    prediction === 'velocity'
      ? `${takesTwoTimes(families[family]) ? 'two, ' : ''}0 noise to 1 data`
      : `index 0 (almost clean) to 999 (almost noise)${startIndex === undefined ? '' : `, velocities from ${startIndex} on held`}`;
  const scale = timeScale === 1 ? ', unscaled' : `, times ${timeScale}`;
  return `${kind}${scale}${truncateTime ? ', cut to an integer' : ''}${bf16Time ? ', rounded to bfloat16 first' : ''}`;
}

/** A number with a prefix of the SI. */
function engineering(value: number, unit = ''): string {
  const index = value < 1 ? 0 : Math.min(4, Math.floor(Math.log10(value) / 3));
  return `${(value / 1000 ** index).toPrecision(3)} ${['', 'k', 'M', 'G', 'T'][index] ?? ''}${unit}`.trim();
}

/** An imported head's card as Markdown. */
export const importedCardText = (card: ImportedCard): string => `# ${card.name}

A head imported by \`fewstep teacher import\`; \`weights.safetensors\` holds its tensors under their original names, bit by
bit. What weights cannot tell stands in \`card.json\` and may be edited there: \`timeScale\`, \`conventions\`, \`useNorm\`,
\`latentScale\`.

| | |
|---|---|
${importedFacts(card)
  .map(([name, text]) => `| ${name} | ${text} |`)
  .join('\n')}
`;
