/** What an exported sampler is given, by the names that programs use, and how it lies in the file's inputs. */
import { DataError, UsageError } from '../../ground/errors.ts';

/** Tokens to draw: a row a token. Arrays are row by row; scales may be one number for all rows. */
export interface SampleInputs {
  /** The backbone's states under the prompt [batch, H]. */
  readonly hidden: Float32Array;
  /** Those without it [batch, H]; `hidden` unless given, which only guidance 1 is the same for. */
  readonly hiddenUnconditional?: Float32Array;
  /** The guidance scale, of all rows or of each [batch]; 1, no guidance, unless given. */
  readonly guidance?: number | Float32Array;
  /** Of three-way guidance: the states with the image, without the prompt [batch, H]; `hiddenUnconditional` unless given. */
  readonly hiddenImageOnly?: Float32Array;
  /** Of three-way guidance: the scale of the image; 1 unless given. */
  readonly guidanceImage?: number | Float32Array;
  /** Standard normal numbers [batch, D]; drawn unless given. */
  readonly noise?: Float32Array;
  /** Of samplers that add noise between steps: standard normal numbers [batch, steps − 1, D]; drawn unless given. */
  readonly freshNoise?: Float32Array;
  /** Draws this call's noise from its first number on; unless given, calls go on in the sampler's own stream. */
  readonly seed?: number;
}

/** An input of the file: the property that fills it, and what stands for it where it is absent. */
interface Source {
  readonly property: Exclude<keyof SampleInputs, 'seed'>;
  readonly absent?: 'hidden' | 'hiddenUnconditional' | 'drawn' | number;
}

/** The inputs of exported samplers. */
export const sources: Readonly<Record<string, Source>> = {
  noise: { property: 'noise', absent: 'drawn' },
  hidden: { property: 'hidden' },
  hidden_unconditional: { property: 'hiddenUnconditional', absent: 'hidden' },
  guidance: { property: 'guidance', absent: 1 },
  hidden_image_only: { property: 'hiddenImageOnly', absent: 'hiddenUnconditional' },
  guidance_image: { property: 'guidanceImage', absent: 1 },
  fresh_noise: { property: 'freshNoise', absent: 'drawn' },
};

/** An input of an opened file: its name there and the numbers of a row. */
export interface Port {
  readonly name: string;
  /** Sizes behind the batch. */
  readonly sizes: readonly number[];
  readonly width: number;
}

/** The rows of a call, by its hidden states. Throws DataError. */
export function rowsOf({ hidden }: SampleInputs, ports: readonly Port[]): number {
  const { width = 1 } = ports.find(({ name }) => name === 'hidden') ?? {};
  if (!(hidden instanceof Float32Array))
    throw new DataError(`hidden: expected a Float32Array [batch, ${width}], got ${typeOf(hidden)}`);
  if (hidden.length === 0 || hidden.length % width !== 0)
    throw new DataError(`hidden: expected [batch, ${width}], got ${hidden.length} numbers`);
  return hidden.length / width;
}

/** Refuses what the file has no input for, and guidance without the states that it compares with. Throws UsageError. */
export function checkProperties(inputs: SampleInputs, ports: readonly Port[], path: string): void {
  const heard = new Set(ports.map(({ name }) => sources[name]?.property));
  for (const [name, value] of Object.entries(inputs)) {
    if (value === undefined || name === 'seed' || heard.has(name as Source['property'])) continue;
    throw new UsageError(`${path}: ${name}: expected ${[...heard, 'seed'].join(', ')}: this student has no such input`);
  }
  const { guidance = 1, hiddenUnconditional } = inputs;
  const guided = typeof guidance === 'number' ? guidance !== 1 : guidance.some((scale) => scale !== 1);
  if (guided && heard.has('hiddenUnconditional') && hiddenUnconditional === undefined)
    throw new UsageError(`${path}: hiddenUnconditional: expected the states without the prompt for guidance beyond 1`);
}

/** Writes the numbers of an input into its memory; gives false where they are to be drawn. Throws DataError. */
export function fill(memory: Float32Array, { name, sizes, width }: Port, rows: number, inputs: SampleInputs): boolean {
  const { property, absent } = sources[name] ?? { property: 'hidden' };
  let given: unknown = inputs[property] ?? absent;
  if (given === 'hiddenUnconditional') given = inputs.hiddenUnconditional ?? inputs.hidden;
  if (given === 'hidden') given = inputs.hidden;
  if (given === 'drawn') return false;
  if (typeof given === 'number' && sizes.length === 0) {
    if (!Number.isFinite(given)) throw new DataError(`${property}: expected a finite number, got ${given}`);
    memory.fill(given);
    return true;
  }
  const shape = `[${[rows, ...sizes].join(', ')}]`;
  if (!(given instanceof Float32Array))
    throw new DataError(`${property}: expected a Float32Array ${shape}, got ${typeOf(given)}`);
  if (given.length !== rows * width)
    throw new DataError(`${property}: expected ${shape}, ${rows * width} numbers, got ${given.length}`);
  memory.set(given);
  return true;
}

const typeOf = (value: unknown): string =>
  typeof value === 'object' && value !== null ? value.constructor.name : value === undefined ? 'nothing' : typeof value;
