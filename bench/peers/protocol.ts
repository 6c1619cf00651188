/** What is said to PyTorch's side (bench/peers/server.py), and how its answers are read: a JSON object a line. */
import { z } from 'zod';
import { CommandError } from '../../src/ground/errors.ts';

/** How PyTorch computes: eager or compiled, with products in float32 or (autocast) in bfloat16. */
export interface Setting {
  readonly compile: boolean;
  readonly bf16: boolean;
}

/** The first line of the other side. */
export const greeting = z.object({
  torch: z.string(),
  /** The widest vector instructions that PyTorch uses. */
  capability: z.string(),
  /** The C++ compiler of torch.compile, where there is one. */
  compiler: z.string().nullable(),
});

const seconds = z.number().nonnegative();

/** What each request is answered with. */
export const answers = {
  prepare: z.object({ seconds, check: z.array(z.number()), choice: z.string() }),
  time: z.object({ seconds: z.array(seconds).min(1) }),
  open: z.object({}),
  stage: z.object({ seconds }),
  drop: z.object({}),
} as const;

const failure = z.object({ error: z.string() });

/** Reads a line. Throws CommandError where the other side says that it failed, or says something else. */
export function readAnswer<Schema extends z.ZodType>(line: string, schema: Schema): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new CommandError(`PyTorch's side: expected a line of JSON, got ${JSON.stringify(line.slice(0, 200))}`);
  }
  const failed = failure.safeParse(value);
  if (failed.success) throw new CommandError(`PyTorch's side: ${failed.data.error}`);
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  throw new CommandError(`PyTorch's side: unexpected answer ${line.slice(0, 200)}: ${z.prettifyError(read.error)}`);
}
