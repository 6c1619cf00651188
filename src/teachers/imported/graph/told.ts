/** What is told of an ONNX head that its file cannot tell: which input is what, and what its times and output mean. */
import { basename } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { UsageError } from '../../../ground/errors.ts';
import { readBounded } from '../../../ground/file/bounded.ts';
import { checked } from '../../../ground/file/json.ts';
import { predictions } from '../../../heads/network/network-config.ts';

/** The inputs and the output that have a role. */
export const roleNames = ['x', 't', 's', 'condition', 'output'] as const;

export type RoleName = (typeof roleNames)[number];

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

/** Names that inputs are often given, by role; the first that a head has is taken. */
const usual: Readonly<Record<Exclude<RoleName, 'output'>, readonly string[]>> = {
  x: ['x', 'x_t', 'xt', 'sample', 'noisy', 'latent', 'latents', 'input'],
  t: ['t', 'time', 'times', 'timestep', 'timesteps', 'sigma', 'r'],
  s: ['s'],
  condition: ['c', 'cond', 'condition', 'conditions', 'context', 'h', 'hidden', 'encoder_hidden_states', 'y'],
};

/**
 * The inputs and the output of each role: what is told, else what is called so, else what is left. Throws UsageError, which
 * names the inputs, where a role stays open or an input without one.
 */
export function rolesOf(
  path: string,
  inputs: readonly string[],
  outputs: readonly string[],
  { roles, constants }: Pick<Told, 'roles' | 'constants'>,
): Readonly<Record<Exclude<RoleName, 's'>, string>> & { readonly s?: string } {
  const found: Partial<Record<RoleName, string>> = {};
  const free = (input: string): boolean => !Object.hasOwn(constants, input) && !Object.values(found).includes(input);
  for (const [role, told] of Object.entries(roles) as [RoleName, string][]) {
    const among = role === 'output' ? outputs : inputs;
    if (!among.includes(told))
      throw new UsageError(`${path}: --role ${role}=${told}: expected one of ${among.join(', ')}`);
    found[role] = told;
  }
  for (const [role, names] of Object.entries(usual) as [Exclude<RoleName, 'output'>, readonly string[]][]) {
    const called = found[role] ?? names.find((one) => inputs.includes(one) && free(one));
    if (called !== undefined) found[role] = called;
  }
  const [output] = outputs;
  if (found.output === undefined && outputs.length === 1 && output !== undefined) found.output = output;
  const stray = Object.keys(constants).find((constant) => !inputs.includes(constant));
  if (stray !== undefined) throw new UsageError(`${path}: --constant ${stray}: expected one of ${inputs.join(', ')}`);
  const open = (['x', 't', 'condition', 'output'] as const).filter((role) => found[role] === undefined);
  const left = inputs.filter(free);
  if (open.length > 0 || left.length > 0) throw stillOpen(path, open, left, { inputs, outputs });
  const { x = '', t = '', s, condition = '', output: result = '' } = found;
  return { x, t, condition, output: result, ...(s !== undefined && { s }) };
}

/** What is missing, with the names that there are. */
function stillOpen(
  path: string,
  open: readonly string[],
  left: readonly string[],
  { inputs, outputs }: { readonly inputs: readonly string[]; readonly outputs: readonly string[] },
): UsageError {
  const what =
    open.length > 0
      ? `expected --role ${open.map((role) => `${role}=<name>`).join(' --role ')}`
      : `expected --constant ${left.map((one) => `${one}=<number>`).join(' --constant ')}, or a role for it`;
  return new UsageError(
    `${basename(path)}: ${what}; its inputs are ${inputs.join(', ')}, its outputs ${outputs.join(', ')}`,
  );
}
