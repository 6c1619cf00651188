/** What the user's own closed loop came to, as `evaluation.json` holds it. */
import { z } from 'zod';
import type { Estimate } from '../../ground/estimate.ts';
import { estimate } from '../../ground/estimate-schema.ts';
import { shownText } from '../../ground/field.ts';

/** Metrics by name: those of the table, or what the command itself called its numbers. */
export type CommandQuality = Readonly<Record<string, Estimate>>;

/** One head at a step count under a guidance scale, in the user's loop. */
export interface CommandRow {
  readonly kind: 'teacher' | 'student';
  readonly name: string;
  readonly steps: number;
  readonly guidance: number;
  /** The seeds that the command ran with. */
  readonly seeds: readonly number[];
  /** Seconds of one run of the command, the mean over the seeds. */
  readonly seconds: number;
  readonly quality: CommandQuality;
  /** The metrics by which it is outside the floor; none where it is within. Absent where no floor was measured, and of the teacher. */
  readonly outside?: readonly string[];
}

/** What the teacher is apart from itself under a guidance scale: between two seeds, or over several. */
export interface CommandFloor {
  readonly guidance: number;
  readonly quality: CommandQuality;
}

/** Everything that the command measured. */
export interface ByCommand {
  /** The words that were run for students; and for the teacher, where these are others. */
  readonly run: readonly string[];
  readonly teacher?: readonly string[];
  readonly reads: 'tokens' | 'images' | 'metrics';
  /** Rows of a set of tokens, or images. */
  readonly samples?: number;
  /** The network that looked at images. */
  readonly features?: { readonly name: string; readonly hash: string; readonly distance?: string };
  /** What images were compared with, where it was not the teacher's own. */
  readonly statistics?: { readonly name: string; readonly hash: string; readonly images?: number };
  readonly rows: readonly CommandRow[];
  readonly floors: readonly CommandFloor[];
}

/** What a command may call its numbers: what stands in tables, columns and paths of JSON as it is. */
export const metricName = /^[A-Za-z][A-Za-z0-9_.@-]{0,63}$/;

/** The most numbers of a command. */
export const MOST_METRICS = 64;

const name = z.string().regex(metricName, 'expected a name of letters, digits and _ . @ - (at most 64)');

/** Metrics by name, of a bounded number. */
export const commandQuality = z
  .record(name, estimate)
  .refine((quality) => Object.keys(quality).length <= MOST_METRICS, `expected at most ${MOST_METRICS} metrics`);

const network = { name: shownText, hash: z.string().regex(/^[0-9a-f]{1,64}$/, 'expected a hash') };
const words = z.array(shownText).min(1).max(256);

const row: z.ZodType<CommandRow> = z.strictObject({
  kind: z.enum(['teacher', 'student']),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'expected lower-case letters, digits and dashes (at most 64)'),
  steps: z.int().positive(),
  guidance: z.number(),
  seeds: z.array(z.int().nonnegative()).min(1).max(32),
  seconds: z.number().nonnegative(),
  quality: commandQuality,
  outside: z.array(name).max(MOST_METRICS).exactOptional(),
});

/** Its part of `evaluation.json`. */
export const byCommandSchema: z.ZodType<ByCommand> = z.strictObject({
  run: words,
  teacher: words.exactOptional(),
  reads: z.enum(['tokens', 'images', 'metrics']),
  samples: z.int().positive().exactOptional(),
  features: z.strictObject({ ...network, distance: shownText.exactOptional() }).exactOptional(),
  statistics: z.strictObject({ ...network, images: z.int().positive().exactOptional() }).exactOptional(),
  rows: z.array(row).max(10_000),
  floors: z.array(z.strictObject({ guidance: z.number(), quality: commandQuality })).max(64),
});
