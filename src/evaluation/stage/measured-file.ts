/** What was measured of a row, beside its samples: kept, so that an evaluation that is interrupted measures no row twice. */
import { z } from 'zod';
import { FileError } from '../../ground/errors.ts';
import { readSealedJson, writeSealedJson } from '../../ground/file/sealed-json.ts';
import { derived } from '../../ground/plugin/table.ts';
import type { Breakdown } from '../breakdown/breakdown.ts';
import { breakdownSchema } from '../breakdown/breakdown-schema.ts';
import { metrics, type Quality } from '../metric/table.ts';
import { qualitySchema } from './evaluation-file.ts';

/** What is measured of a row. */
export interface MeasuredRow {
  readonly quality: Quality;
  readonly breakdown?: Breakdown;
  /** Whether a picture of its images was drawn. */
  readonly pictured: boolean;
  /** Whether a picture of those of them was drawn that look most like trained ones. */
  readonly neighboured?: true;
}

/** With what it follows from: a hash. */
interface KeptRow extends MeasuredRow {
  readonly origin: string;
}

const schema = derived(
  (): z.ZodType<KeptRow> =>
    z.strictObject({
      origin: z.string(),
      quality: qualitySchema(metrics),
      breakdown: breakdownSchema.exactOptional(),
      pictured: z.boolean(),
      neighboured: z.literal(true).exactOptional(),
    }),
);

/** The file beside a row's samples. */
export const measuredPath = (samples: string): string => samples.replace(/\.safetensors$/, '.json');

/** Writes what was measured, atomically and sealed. Throws FileError. */
export const writeMeasured = (path: string, row: KeptRow): Promise<void> => writeSealedJson(path, schema(), row);

/** What was measured from this very origin; undefined where nothing was, or the file is not as it was written. */
export async function readMeasured(path: string, origin: string): Promise<MeasuredRow | undefined> {
  try {
    const { origin: found, ...row } = await readSealedJson(path, schema(), 'it is measured anew');
    return found === origin ? row : undefined;
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}
