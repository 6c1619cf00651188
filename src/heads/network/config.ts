import { DataError } from '../../ground/errors.ts';
import type { Parameters } from '../../ground/host-tensor.ts';
import { frequencyNames, timeFrequencies, usualFrequencies } from './frequencies.ts';
import { type ArchitectureName, type SizeName, templates } from './templates.ts';

/** What a network's output means: a velocity of the flow, or the noise or the v of a DDPM process (src/heads/family). */
export type Prediction = 'velocity' | 'ddpm-noise' | 'ddpm-velocity';

/**
 * What classifier-free guidance combines: the `output` with and without the prompt, hidden states before the head
 * (`condition`), or outputs with prompt and image, with the image alone, and with neither (`three-way`).
 */
export type Guidance = 'output' | 'condition' | 'three-way';

/** How a network reads its times: what cannot be seen in its weights. */
export interface TimeConvention {
  /** What a time is multiplied by before its sinusoidal embedding. */
  readonly timeScale: number;
  /** Whether the scaled time is cut to an integer; not unless given. */
  readonly truncateTime?: boolean;
  /** Whether times are rounded to bfloat16 first, as a network of that type saw them; not unless given. */
  readonly bf16Time?: boolean;
}

/** Sizes and conventions of a flow head; what is optional is what the shared MAR / NextStep skeleton has. */
export interface HeadConfig extends TimeConvention {
  /** `residual` (MAR, NextStep, CALM) unless given. */
  readonly architecture?: ArchitectureName;
  /** D: dimensions of a token. */
  readonly token: number;
  /** H: dimensions of the backbone's hidden state. */
  readonly condition: number;
  readonly width: number;
  /** Residual blocks. */
  readonly depth: number;
  /** Width of the network's output; D unless given. */
  readonly output?: number;
  /** Width inside a block; that of the network unless given. */
  readonly hidden?: number;
  /** Frequencies of the time embedding; 128 unless given. */
  readonly frequencies?: number;
  /** Stored frequencies of each time's embedding where they are not the usual ones. */
  readonly storedFrequencies?: readonly (readonly number[])[];
  /** `velocity` unless given. */
  readonly prediction?: Prediction;
  /** `output` unless given. */
  readonly guidance?: Guidance;
  /** Of students: `original` has the head's own tensors alone, `extended` (unless given) added inputs, too. */
  readonly signature?: 'original';
  /** Of DDPM predictions: the index that stands for all noisier ones; the last unless given. */
  readonly startIndex?: number;
}

/** The sizes that shapes are made of. */
export type HeadSizes = Pick<HeadConfig, 'architecture' | 'depth'> & {
  readonly [Size in SizeName]?: number;
};

/** A config's sizes, all of them. */
export const sizesOf = (config: HeadSizes): Record<SizeName, number> => ({
  token: config.token ?? 0,
  condition: config.condition ?? 0,
  width: config.width ?? 0,
  output: config.output ?? config.token ?? 0,
  hidden: config.hidden ?? config.width ?? 0,
  frequencies: config.frequencies ?? timeFrequencies,
});

/** The trainable tensors of a head by their original names, with their shapes. Linear weights are [out, in]. */
export function headShapes(config: HeadSizes): Record<string, number[]> {
  const { fixed, block, blocks } = templates[config.architecture ?? 'residual'];
  const sizes = sizesOf(config);
  const shapes: Record<string, number[]> = {};
  const add = (prefix: string, template: typeof fixed): void => {
    for (const [name, dimensions] of Object.entries(template))
      shapes[prefix + name] = dimensions.map(([size, times]) => times * sizes[size]);
  };
  add('', fixed);
  for (let index = 0; index < config.depth; index++) add(`${blocks}.${index}.`, block);
  return shapes;
}

/**
 * Reads the config of a head from the shapes of its tensors; how it reads times and what it predicts cannot be seen
 * there. Throws DataError where a tensor is missing or misshapen.
 */
export function headConfig(
  parameters: Parameters,
  timeScale: number,
  conventions: Partial<HeadConfig> = {},
): HeadConfig {
  const shapes = new Map(Object.entries(parameters).map(([name, { shape }]) => [name, shape]));
  const architecture = conventions.architecture ?? architectureOf(shapes);
  const sizes = headSizes(architecture, shapes);
  for (const [name, expected] of Object.entries(headShapes(sizes))) {
    const shape = shapes.get(name);
    if (shape === undefined) throw new DataError(`head: expected a tensor named ${name}, found none`);
    if (shape.join() !== expected.join())
      throw new DataError(`head: tensor ${name}: expected shape [${expected}], got [${shape}]`);
  }
  const stored = storedFrequencies(parameters);
  return { ...compact(sizes), ...(stored && { storedFrequencies: stored }), ...conventions, timeScale };
}

/** The frequencies that are stored with the weights, where they are not the usual ones to the last bit. */
function storedFrequencies(parameters: Parameters): number[][] | undefined {
  const stored = frequencyNames.flatMap((name) => {
    const { data } = parameters[name] ?? {};
    return data === undefined ? [] : [Array.from(data)];
  });
  const usual = (list: number[]): boolean =>
    usualFrequencies(list.length).every((frequency, index) => frequency === list[index]);
  return stored.length < frequencyNames.length || stored.every(usual) ? undefined : stored;
}

/** The architecture whose names these are; the shared skeleton where no other's are found. */
export function architectureOf(shapes: ReadonlyMap<string, unknown>): ArchitectureName {
  const names = Object.keys(templates) as ArchitectureName[];
  const found = names.find((name) => name !== 'residual' && shapes.has(templates[name].sign));
  return found ?? 'residual';
}

/**
 * The sizes that most tensors of an architecture agree on, so that a misshapen one is told from the rest; 0 where no
 * tensor tells.
 */
export function headSizes(
  architecture: ArchitectureName,
  shapes: ReadonlyMap<string, readonly number[]>,
): Required<HeadSizes> {
  const { fixed, block, blocks } = templates[architecture];
  const votes = new Map<string, number>();
  const vote = (shape: readonly number[] | undefined, dimensions: (typeof fixed)[string]): void => {
    if (shape?.length !== dimensions.length) return;
    for (const [axis, [size, times]] of dimensions.entries()) {
      const value = (shape[axis] ?? 0) / times;
      if (Number.isInteger(value)) votes.set(`${size} ${value}`, (votes.get(`${size} ${value}`) ?? 0) + 1);
    }
  };
  const indices = new Set<string>();
  const pattern = new RegExp(`^${blocks}\\.(\\d+)\\.(.+)$`);
  for (const [name, shape] of shapes) {
    const [, index, rest] = pattern.exec(name) ?? [];
    const dimensions = rest === undefined ? fixed[name] : block[rest];
    if (dimensions === undefined) continue;
    if (index !== undefined) indices.add(index);
    vote(shape, dimensions);
  }
  const best = (size: SizeName): number => {
    const own = [...votes].filter(([key]) => key.startsWith(`${size} `)).toSorted(([, a], [, b]) => b - a);
    return Number(own[0]?.[0].slice(size.length + 1) ?? 0);
  };
  const [token, condition, width] = [best('token'), best('condition'), best('width')];
  return {
    architecture,
    token,
    condition,
    width,
    depth: indices.size,
    output: best('output'),
    hidden: best('hidden'),
    frequencies: best('frequencies'),
  };
}

/** A config without what is as it is unless given. */
function compact({ architecture, token, condition, width, depth, output, hidden, frequencies }: Required<HeadSizes>) {
  return {
    ...(architecture !== 'residual' && { architecture }),
    token,
    condition,
    width,
    depth,
    ...(output !== token && { output }),
    ...(hidden !== width && { hidden }),
    ...(frequencies !== timeFrequencies && { frequencies }),
  };
}
