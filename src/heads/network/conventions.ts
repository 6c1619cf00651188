import { z } from 'zod';
import { checked, parseJson } from '../../ground/file/json.ts';
import type { HeadConfig } from './config.ts';
import { trainedSteps } from './ddpm-process.ts';
import { graphHeadSchema } from './graph-config.ts';
import { guidances, predictions } from './network-config.ts';

/** What weights cannot tell of a head, beside its time scale; absent is what the shared skeleton of MAR has. */
export const conventionsSchema = z.strictObject({
  truncateTime: z.boolean().exactOptional(),
  bf16Time: z.boolean().exactOptional(),
  reversedTime: z.boolean().exactOptional(),
  prediction: z.enum(predictions).exactOptional(),
  guidance: z.enum(guidances).exactOptional(),
  signature: z.literal('original').exactOptional(),
  betas: z.literal('linear').exactOptional(),
  startIndex: z
    .int()
    .min(0)
    .max(trainedSteps - 1)
    .exactOptional(),
  graph: graphHeadSchema.exactOptional(),
  storedFrequencies: z.array(z.array(z.number()).max(65_536)).length(2).exactOptional(),
});

export type Conventions = Readonly<z.output<typeof conventionsSchema>>;

/** The conventions of a config. */
export function conventionsOf(config: HeadConfig): Conventions {
  const entries = Object.keys(conventionsSchema.shape).map((name) => [name, config[name as keyof Conventions]]);
  return conventionsSchema.parse(Object.fromEntries(entries.filter(([, value]) => value !== undefined)));
}

/** Conventions as the metadata of a file: the time scale, and as JSON what is not usual. */
export function conventionTexts(config: HeadConfig): Record<string, string> {
  const conventions = conventionsOf(config);
  const told = Object.keys(conventions).length > 0 && { conventions: JSON.stringify(conventions) };
  return { timeScale: String(config.timeScale), ...told };
}

/** Reads them back; none are the usual ones. Throws FileError. */
export const readConventions = (path: string, text: string | undefined): Conventions =>
  text === undefined
    ? {}
    : checked(`${path}: metadata conventions`, parseJson(path, Buffer.from(text)), conventionsSchema);
