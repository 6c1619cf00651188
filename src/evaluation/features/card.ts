import { cpus } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { writeAtomic } from '../../ground/file/atomic.ts';
import { readJson, writeJson } from '../../ground/file/json.ts';
import { numberWord } from '../../ground/number-word.ts';
import { derived } from '../../ground/plugin/table.ts';
import { imageDataNames, imageDataSet, unnamedData } from '../../teachers/data/table.ts';

const estimate = z.strictObject({ value: z.number(), low: z.number(), high: z.number() });

const cardSchema = derived(() =>
  z.strictObject({
    name: z.string(),
    /** The command that made it. */
    command: z.string(),
    /** The data set; the first cards do not name it. */
    data: z.enum(imageDataNames()).default(unnamedData),
    seed: z.number(),
    steps: z.int(),
    batch: z.int(),
    parameters: z.int(),
    trainingSeconds: z.number(),
    machine: z.string(),
    node: z.string(),
    finishedAt: z.string(),
    /** SHA-256 of weights.safetensors. */
    hash: z.string(),
    /** Share of the test images that are classified rightly. */
    accuracy: estimate,
    /** Fréchet distance between two disjoint sets of N test images, by N. */
    realReal: z.record(z.string(), estimate),
  }),
);

/** What is known of a feature network beside its weights. */
export type FeatureCard = Readonly<z.output<ReturnType<typeof cardSchema>>>;

/** The machine of a card. */
export const machine = (): Pick<FeatureCard, 'machine' | 'node' | 'finishedAt'> => ({
  machine: `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores`,
  node: process.version,
  finishedAt: new Date().toISOString().slice(0, 10),
});

/** Reads card.json of a folder. Throws FileError. */
export const readFeatureCard = (folder: string): Promise<FeatureCard> =>
  readJson(path.join(folder, 'card.json'), cardSchema());

/** Writes card.json and card.md into a folder. Throws FileError. */
export async function writeFeatureCard(folder: string, card: FeatureCard): Promise<void> {
  await writeJson(path.join(folder, 'card.json'), cardSchema(), card);
  await writeAtomic(path.join(folder, 'card.md'), cardText(card));
}

function cardText(card: FeatureCard): string {
  const { value, low, high } = card.accuracy;
  const { title, origin, thing, things, size, channels, counts, prompts } = imageDataSet(card.data);
  const floors = Object.entries(card.realReal).map(
    ([count, fd]) => `| ${count} | ${fd.value.toFixed(3)} | ${fd.low.toFixed(3)} – ${fd.high.toFixed(3)} |`,
  );
  return `# ${card.name}

A small convolutional network of ${size.join(' × ')} ${channels === 1 ? 'grey' : 'colour'} ${things}. The 64 outputs of its last but one layer are the features that
Fréchet and kernel distances are measured on ("FID-proxy": not Inception features, so not comparable with published
FIDs), and its classes tell whether a generated ${thing} is the one that was asked for.

| | |
|---|---|
| made by | \`${card.command}\` |
| data | ${title}, ${counts.train.toLocaleString('en-US')} training images (${origin}), shifted by up to 2 pixels |
| seed | ${card.seed} |
| training | ${card.steps} steps of ${card.batch} images, ${card.trainingSeconds} s |
| parameters | ${card.parameters} |
| accuracy | ${(100 * value).toFixed(2)} % of the ${counts.test.toLocaleString('en-US')} test images (95 % interval ${(100 * low).toFixed(2)} – ${(100 * high).toFixed(2)}) |
| SHA-256 of weights.safetensors | \`${card.hash}\` |
| machine | ${card.machine}, Node ${card.node} |
| date | ${card.finishedAt} |

Three 3 × 3 convolutions (16, 32, 64 channels; rectifiers; 2 × 2 means after the first two), a dense layer of 64, ${numberWord(prompts.length)}
logits. Features are scaled by one number so that their variances sum to 64 over the training images.

Fréchet distance between two disjoint sets of N test images: the floor that nothing real can be expected to go below.

| N | distance | 95 % interval at this N |
|---|---|---|
${floors.join('\n')}
`;
}
