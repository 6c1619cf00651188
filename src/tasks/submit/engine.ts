import { z } from 'zod';
import { UsageError } from '../../ground/errors.ts';
import type { SteppedRun } from './steps.ts';

/** A run that is handed to a cluster. */
export interface Submission extends Omit<SteppedRun, 'concurrency'> {
  /** The name of the run. */
  readonly run: string;
  /** The words of the recipe for a command: its file, and what changes it. */
  readonly recipe: readonly string[];
  /** The program and words that call fewstep on this machine, and on others that share its files. */
  readonly program: readonly string[];
  /** The working folder, in which the run is. */
  readonly folder: string;
  /** Whether nothing is to be done but shown. */
  readonly dryRun: boolean;
}

/** What was handed over. */
export interface Submitted {
  /** What is printed. */
  readonly text: string;
  /** The same for programs. */
  readonly jobs: readonly { readonly name: string; readonly id?: string }[];
}

/** An option of the command: how it is written and explained, and what its text may be. */
export interface EngineOption {
  /** As commander takes it: `--at-once <jobs>`. */
  readonly flags: string;
  readonly description: string;
  readonly schema: z.ZodType;
}

/** A cluster's engine, by which jobs are run that someone else schedules. */
export interface Engine {
  /** What `--<name>` does, for the help. */
  readonly summary: string;
  /** Whether it reads the run's folder from this machine, so that the run is opened here. */
  readonly opensHere: boolean;
  /** Its options, by name as commander keeps them. */
  readonly options: Readonly<Record<string, EngineOption>>;
  /**
   * Reads its options and gives what hands a run over by them. Throws UsageError of an option; then UsageError of the run,
   * EngineError where the engine is not there or refuses.
   */
  readonly readied: (given: Readonly<Record<string, unknown>>) => (submission: Submission) => Promise<Submitted>;
}

/** Text that an option may be. */
export const patterned = (pattern: RegExp, expected: string) => z.string().max(300).regex(pattern, expected);

/** A whole number as text, ends included. */
export const wholeText = (min: number, max: number) =>
  patterned(/^\d{1,9}$/, `a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `a whole number from ${min} to ${max}`);

/** How many units there are in a job, and at a time. */
export const sharedOptions = {
  concurrency: {
    flags: '--concurrency <units>',
    description: 'units at a time in each job, each with the threads of the recipe',
    schema: wholeText(1, 1024),
  },
  unitsPerJob: {
    flags: '--units-per-job <units>',
    description: 'units that a job does one after the other (default: as many as make 1000 jobs of a kind)',
    schema: wholeText(1, 1_000_000),
  },
} as const satisfies Record<string, EngineOption>;

/** Options as an engine takes them. Throws UsageError that names the first that is not what it should be. */
export function readOptions<Shape extends Readonly<Record<string, EngineOption>>>(
  options: Shape,
  given: Readonly<Record<string, unknown>>,
): { readonly [Name in keyof Shape]?: z.output<Shape[Name]['schema']> } {
  const read: { [Name in keyof Shape]?: z.output<Shape[Name]['schema']> } = {};
  for (const name of Object.keys(options) as (keyof Shape & string)[]) {
    if (given[name] === undefined || options[name] === undefined) continue;
    const { flags, schema } = options[name];
    const result = schema.safeParse(given[name]);
    if (!result.success)
      throw new UsageError(
        `${flags.split(' ')[0]}: expected ${result.error.issues[0]?.message}, got ${JSON.stringify(given[name])}`,
      );
    read[name] = result.data as z.output<Shape[typeof name]['schema']>;
  }
  return read;
}
