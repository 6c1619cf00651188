/** What is told of an ONNX head that its file cannot tell: which input is what, and what its times and output mean. */
import { parse } from 'yaml';
import { z } from 'zod';
import { UsageError } from '../../../ground/errors.ts';
import { readBounded } from '../../../ground/file/bounded.ts';
import { checked } from '../../../ground/file/json.ts';
import { predictions } from '../../../heads/network/network-config.ts';
import { roleNames } from './roles.ts';

const name = z.string().min(1).max(256);

/** What a sidecar may say; flags of the command line say the same. */
export const toldSchema = z.strictObject({
  /** Names of the inputs and of the output by their roles. */
  roles: z.partialRecord(z.enum(roleNames), name).default({}),
  /** Numbers for further inputs, by name. */
  constants: z.record(name, z.number()).default({}),
  /** The head's own time at noise and at data; one of both is 0. */
  times: z.strictObject({ noise: z.number(), data: z.number() }).exactOptional(),
  /** Whether times are cut to integers before the head reads them. */
  integerTimes: z.boolean().exactOptional(),
  predicts: z.enum(predictions).exactOptional(),
  betas: z.enum(['cosine', 'linear']).exactOptional(),
  startIndex: z.int().min(0).max(999).exactOptional(),
  guidance: z.enum(['output', 'condition']).exactOptional(),
  /** What the head takes its guidance scale to be where nothing is guided. */
  unguided: z.union([z.literal(0), z.literal(1)]).exactOptional(),
});

/** What is told of a head. */
export type Told = Readonly<z.output<typeof toldSchema>>;

/** Nothing said: names and conventions are the usual ones. */
export const nothingTold: Told = { roles: {}, constants: {} };

/** The longest sidecar, in bytes. */
const LONGEST = 65_536;

/** Reads a YAML sidecar. Throws FileError. */
export async function readTold(path: string): Promise<Told> {
  const text = new TextDecoder().decode(await readBounded(path, LONGEST));
  return checked(path, parsed(path, text) ?? {}, toldSchema);
}

function parsed(path: string, text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 10 });
  } catch (cause) {
    const [first = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    throw new UsageError(`${path}: not valid YAML: ${first}`, { cause });
  }
}
