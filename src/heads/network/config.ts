import { DataError } from '../../ground/errors.ts';
import { type Parameters, sizeOf } from '../../ground/host-tensor.ts';
import { frequencyNames, timeFrequencies, usualFrequencies } from './frequencies.ts';
import { embeddedWidth, type GraphHead, graphShapes } from './graph-config.ts';
import type { NetworkConfig, TimeConvention } from './network-config.ts';
import { type ArchitectureName, architectures } from './table.ts';
import type { SizeName } from './template.ts';

/** Sizes and conventions of a flow head. */
export interface HeadConfig extends NetworkConfig {
  /** `residual` (MAR, NextStep, CALM) unless given. */
  readonly architecture?: ArchitectureName;
}

/** The sizes that shapes are made of. */
export type HeadSizes = Pick<HeadConfig, 'architecture' | 'depth' | 'sharedLayers' | 'graph'> & {
  readonly [Size in SizeName]?: number;
};

/** The sizes of a head that is no graph, all of them. */
export type WholeSizes = Required<Omit<HeadSizes, 'graph'>>;

/** A config's sizes, all of them. */
export const sizesOf = (config: HeadSizes): Record<SizeName, number> => ({
  token: config.token ?? 0,
  condition: config.condition ?? 0,
  width: config.width ?? 0,
  output: config.output ?? config.token ?? 0,
  hidden: config.hidden ?? config.width ?? 0,
  frequencies: config.frequencies ?? timeFrequencies,
  noise: config.noise ?? 0,
});

/** The trainable tensors of a head by their original names, with their shapes. Linear weights are [out, in]. */
export function headShapes(config: HeadSizes): Record<string, number[]> {
  if (config.graph !== undefined) return graphShapes(config.graph);
  const { fixed, block, blocks, shared } = architectures[config.architecture ?? 'residual'].template;
  const sizes = sizesOf(config);
  const shapes: Record<string, number[]> = {};
  const add = (prefix: string, template: typeof fixed): void => {
    for (const [name, dimensions] of Object.entries(template))
      shapes[prefix + name] = dimensions.map(([size, times]) => times * sizes[size]);
  };
  add('', fixed);
  for (let index = 0; index < config.depth; index++) add(`${blocks}.${index}.`, block);
  if (shared !== undefined)
    for (let index = 0; index < (config.sharedLayers ?? config.depth); index++)
      add(`${shared.names}.${index}.`, shared.tensors);
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
  if (conventions.graph !== undefined) return graphConfig(conventions.graph, shapes, { ...conventions, timeScale });
  const architecture = conventions.architecture ?? architectureOf(shapes);
  const sizes = headSizes(architecture, shapes);
  checkShapes(headShapes(sizes), shapes);
  const stored = storedFrequencies(parameters);
  return { ...compact(sizes), ...(stored && { storedFrequencies: stored }), ...conventions, timeScale };
}

/** The config of a head that is an ONNX graph: its width is what the graph takes of a context. */
function graphConfig(
  graph: GraphHead,
  shapes: ReadonlyMap<string, readonly number[]>,
  told: Partial<HeadConfig> & TimeConvention,
): HeadConfig {
  checkShapes(graphShapes(graph), shapes);
  const [token, condition] = [sizeOf(graph.tokenShape), sizeOf(graph.conditionShape)];
  return {
    architecture: 'onnx',
    token,
    condition,
    width: embeddedWidth(graph),
    depth: 0,
    ...told,
  };
}

function checkShapes(
  wanted: Readonly<Record<string, readonly number[]>>,
  shapes: ReadonlyMap<string, readonly number[]>,
): void {
  for (const [name, expected] of Object.entries(wanted)) {
    const shape = shapes.get(name);
    if (shape === undefined) throw new DataError(`head: expected a tensor named ${name}, found none`);
    if (shape.join() !== expected.join())
      throw new DataError(`head: tensor ${name}: expected shape [${expected}], got [${shape}]`);
  }
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
  const names = Object.keys(architectures) as ArchitectureName[];
  const found = names.find((name) => name !== 'residual' && shapes.has(architectures[name].template.sign));
  return found ?? 'residual';
}

/**
 * The sizes that most tensors of an architecture agree on, so that a misshapen one is told from the rest; 0 where no
 * tensor tells.
 */
export function headSizes(architecture: ArchitectureName, shapes: ReadonlyMap<string, readonly number[]>): WholeSizes {
  const { fixed, block, blocks, shared } = architectures[architecture].template;
  const votes = new Map<string, number>();
  const vote = (shape: readonly number[] | undefined, dimensions: (typeof fixed)[string]): void => {
    if (shape?.length !== dimensions.length) return;
    for (const [axis, [size, times]] of dimensions.entries()) {
      const value = (shape[axis] ?? 0) / times;
      if (Number.isInteger(value)) votes.set(`${size} ${value}`, (votes.get(`${size} ${value}`) ?? 0) + 1);
    }
  };
  const repeated = [{ names: blocks, tensors: block }, ...(shared ? [shared] : [])].map(({ names, tensors }) => ({
    ...{ tensors, indices: new Set<string>() },
    pattern: new RegExp(`^${names}\\.(\\d+)\\.(.+)$`),
  }));
  for (const [name, shape] of shapes) {
    if (fixed[name] !== undefined) vote(shape, fixed[name]);
    for (const { tensors, indices, pattern } of repeated) {
      const [, index = '', rest = ''] = pattern.exec(name) ?? [];
      const dimensions = tensors[rest];
      if (dimensions === undefined) continue;
      indices.add(index);
      vote(shape, dimensions);
    }
  }
  const [depth = 0, sharedLayers = depth] = repeated.map(({ indices }) => indices.size);
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
    ...{ depth, sharedLayers },
    output: best('output'),
    hidden: best('hidden'),
    frequencies: best('frequencies'),
    noise: best('noise'),
  };
}

/** A config without what is as it is unless given. */
function compact({
  architecture,
  token,
  condition,
  width,
  depth,
  sharedLayers,
  output,
  hidden,
  frequencies,
  noise,
}: WholeSizes) {
  return {
    ...(architecture !== 'residual' && { architecture }),
    token,
    condition,
    width,
    depth,
    ...(sharedLayers !== depth && { sharedLayers }),
    ...(output !== 0 && output !== token && { output }),
    ...(hidden !== 0 && hidden !== width && { hidden }),
    ...(frequencies !== 0 && frequencies !== timeFrequencies && { frequencies }),
    ...(noise !== 0 && { noise }),
  };
}
