import { z } from 'zod';
import { derived } from '../../ground/plugin/table.ts';
import { imageDataNames, imageDataSet, unnamedData } from '../data/table.ts';

/** What card.json holds. */
export const cardSchema = derived(() =>
  z.strictObject({
    name: z.string(),
    /** The command that made it. */
    command: z.string(),
    /** The data set and the side of its patches; the first cards name neither. */
    data: z
      .strictObject({ kind: z.enum(imageDataNames()), patch: z.int() })
      .default({ kind: unnamedData, patch: imageDataSet(unnamedData).patch.default }),
    seed: z.int(),
    steps: z.int(),
    /** Images a step. */
    batch: z.int(),
    draws: z.int(),
    promptDropout: z.number(),
    parameters: z.int(),
    trainingSeconds: z.number(),
    /** Mean of the last logged losses: of all, of the image tokens, of the letters. */
    loss: z.strictObject({ loss: z.number(), flow: z.number(), letters: z.number() }),
    threads: z.int(),
    machine: z.string(),
    node: z.string(),
    finishedAt: z.string(),
  }),
);

/** What is known of a trained teacher beside its weights. */
export type TeacherCard = Readonly<z.output<ReturnType<typeof cardSchema>>>;
