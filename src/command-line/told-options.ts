/** What `teacher import` is told of an ONNX head: flags, before what its sidecar says. */
import { existsSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { predictions } from '../heads/network/network-config.ts';
import { type RoleName, roleNames } from '../teachers/imported/graph/roles.ts';
import type { Told } from '../teachers/imported/graph/told.ts';

/** The flags of a head that comes as ONNX. */
export interface ToldOptions {
  readonly told?: string;
  readonly role?: Partial<Record<RoleName, string>>;
  readonly constant?: Readonly<Record<string, number>>;
  readonly times?: NonNullable<Told['times']>;
  readonly integerTimes?: true;
  readonly predicts?: NonNullable<Told['predicts']>;
  readonly betas?: NonNullable<Told['betas']>;
  readonly guidance?: NonNullable<Told['guidance']>;
  readonly unguided?: '0' | '1';
}

/** The names of these flags as commander keeps them. */
export const toldNames: readonly (keyof ToldOptions)[] = [
  ...(['told', 'role', 'constant', 'times'] as const),
  ...(['integerTimes', 'predicts', 'betas', 'guidance', 'unguided'] as const),
];

/** `name=value`, gathered over several flags. */
const gathered =
  <Value>(read: (name: string, text: string) => Value) =>
  (word: string, before: Readonly<Record<string, Value>> = {}): Readonly<Record<string, Value>> => {
    const [name = '', ...rest] = word.split('=');
    if (name === '' || rest.length === 0) throw new InvalidArgumentError('expected <name>=<value>');
    return { ...before, [name]: read(name, rest.join('=')) };
  };

function role(name: string, input: string): string {
  if (!(roleNames as readonly string[]).includes(name))
    throw new InvalidArgumentError(`expected one of ${roleNames.join(', ')}, got ${name}`);
  return input;
}

function number(_: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError(`expected a number, got ${text}`);
  return value;
}

function ends(text: string): NonNullable<Told['times']> {
  const [noise, data, ...more] = text.split(',').map((part) => number('', part));
  if (noise === undefined || data === undefined || more.length > 0)
    throw new InvalidArgumentError('expected <at noise>,<at data>');
  return { noise, data };
}

/** Adds the flags to a command. */
export const withToldOptions = (command: Command): Command =>
  command
    .option('--told <file>', 'YAML with what is told of an ONNX head (default: <checkpoint>.yaml, where there is one)')
    .option('--role <role=name>', `ONNX: input or output of a role: ${roleNames.join(', ')}`, gathered(role))
    .option('--constant <name=number>', 'ONNX: number for a further input', gathered(number))
    .option('--times <noise,data>', "ONNX: the head's time at noise and at data (default: 0,1)", ends)
    .option('--integer-times', 'ONNX: times are cut to integers')
    .addOption(
      new Option('--predicts <what>', 'ONNX: what it predicts (default: velocity, data − noise)').choices(predictions),
    )
    .addOption(
      new Option('--betas <schedule>', 'ONNX: of DDPM predictions (default: cosine)').choices(['cosine', 'linear']),
    )
    .addOption(
      new Option('--guidance <kind>', 'ONNX: what guidance combines (default: output)').choices([
        'output',
        'condition',
      ]),
    )
    .addOption(
      new Option('--unguided <scale>', 'ONNX: what role w is where nothing is guided (default: 1)').choices(['0', '1']),
    );

/** What is told of the head in a file: by its sidecar, then by flags. Throws FileError. */
export async function toldOf(
  checkpoint: string,
  options: ToldOptions & { readonly startIndex?: number },
): Promise<Told> {
  const { nothingTold, readTold } = await import('../teachers/imported/graph/told.ts');
  const beside = `${checkpoint}.yaml`;
  const path = options.told ?? (existsSync(beside) ? beside : undefined);
  const told = path === undefined ? nothingTold : await readTold(path);
  const {
    role: roles = {},
    constant = {},
    times,
    integerTimes,
    predicts,
    betas,
    guidance,
    unguided,
    startIndex,
  } = options;
  return {
    ...told,
    roles: { ...told.roles, ...roles },
    constants: { ...told.constants, ...constant },
    ...(times && { times }),
    ...(integerTimes && { integerTimes }),
    ...(predicts && { predicts }),
    ...(betas && { betas }),
    ...(guidance && { guidance }),
    ...(unguided && { unguided: unguided === '0' ? 0 : 1 }),
    ...(startIndex !== undefined && { startIndex }),
  };
}
