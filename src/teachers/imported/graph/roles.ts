/** Which input of an ONNX head is what. */
import { basename } from 'node:path';
import { UsageError } from '../../../ground/errors.ts';

/** The inputs and the output that have a role. */
export const roleNames = ['x', 't', 's', 'condition', 'unconditional', 'w', 'output'] as const;

export type RoleName = (typeof roleNames)[number];

/** The input or the output of each role. */
export type Roles = Readonly<Record<NeededRole, string> & Partial<Record<Exclude<RoleName, NeededRole>, string>>>;

type NeededRole = 'x' | 't' | 'condition' | 'output';

/** Names that inputs are often given, by role; the first that a head has is taken. */
const usual: Readonly<Record<Exclude<RoleName, 'output'>, readonly string[]>> = {
  x: ['x', 'x_t', 'xt', 'sample', 'noisy', 'latent', 'latents', 'input'],
  t: ['t', 'time', 'times', 'timestep', 'timesteps', 'sigma', 'r'],
  s: ['s'],
  condition: ['c', 'cond', 'condition', 'conditions', 'context', 'h', 'hidden', 'encoder_hidden_states', 'y'],
  unconditional: ['c_uncond', 'uncond', 'unconditional', 'hidden_unconditional', 'c_null', 'null'],
  w: ['w', 'guidance', 'guidance_scale', 'cfg', 'cfg_scale'],
};

/**
 * The inputs and the output of each role: what is told, else what is called so, else what is left. Throws UsageError, which
 * names the inputs, where a role stays open or an input without one.
 */
export function rolesOf(
  path: string,
  inputs: readonly string[],
  outputs: readonly string[],
  {
    roles,
    constants,
  }: {
    readonly roles: Readonly<Partial<Record<RoleName, string>>>;
    readonly constants: Readonly<Record<string, number>>;
  },
): Roles {
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
  if (found.unconditional !== undefined && found.w === undefined)
    throw new UsageError(
      `${path}: --role unconditional=${found.unconditional}: expected --role w=<name> beside it, the scale by which the head guides`,
    );
  const { x = '', t = '', condition = '', output: result = '', ...optional } = found;
  return { x, t, condition, output: result, ...optional };
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
