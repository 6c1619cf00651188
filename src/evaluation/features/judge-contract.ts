/** What an ONNX feature network takes and gives: as a recipe says, and for the rest as the graph does. */
import { basename } from 'node:path';
import type { FeatureSource } from '../../distillation/recipe/recipe.ts';
import type { ForeignModel } from '../../engine/onnx-graph/foreign-model.ts';
import type { OnnxPort } from '../../engine/onnx-graph/graph.ts';
import { DataError } from '../../ground/errors.ts';
import { quoted } from '../../ground/file/quoted.ts';
import type { InputFormat } from './input-images.ts';

/** The recipe's words about an ONNX file. */
export type JudgeRecipe = Exclude<FeatureSource, string>;

/** How an output of places becomes one vector an image. */
export type Pool = NonNullable<JudgeRecipe['pool']>;

/** What is fed and read, with nothing left open. */
export interface JudgeContract {
  readonly name: string;
  /** What the Fréchet distance on its features is called. */
  readonly distance: string;
  readonly input: string;
  readonly output: string;
  readonly format: InputFormat;
  readonly pool?: Pool;
  /** The only number of images that the graph takes at once, where it takes only one. */
  readonly batch?: number;
}

/** Fills the contract from the graph. Throws DataError, one line, where the graph leaves it open or contradicts it. */
export function judgeContract(recipe: JudgeRecipe, { path, inputs, outputs }: ForeignModel): JudgeContract {
  if (inputs.length > 1)
    throw new DataError(`${path}: expected one input, got ${inputs.map(({ name }) => name).join(', ')}`);
  const input = portOf(path, inputs, recipe.input, imagesIn);
  const output = portOf(path, outputs, recipe.output, recipe.pool === undefined ? vectorsOut : placesOut);
  const [batch] = input.dimensions;
  const name = recipe.name ?? wordOf(recipe.model);
  return {
    ...{ name, distance: recipe.protocol === 'fid' ? 'FID' : `FD-${name}` },
    ...{ input: input.name, output: output.name, format: formatOf(path, recipe, input) },
    ...(recipe.pool && { pool: recipe.pool }),
    ...(typeof batch === 'number' && { batch: batchOf(path, batch) }),
  };
}

/** What a port must be: which ranks will do, and how it is called in messages. */
interface Wanted {
  readonly what: 'input' | 'output';
  readonly suits: (rank: number) => boolean;
  readonly expected: string;
}

const imagesIn: Wanted = { what: 'input', suits: (rank) => rank === 4, expected: 'images of rank 4' };

const vectorsOut: Wanted = { what: 'output', suits: (rank) => rank === 2, expected: '[images, features], or a pool' };

const placesOut: Wanted = {
  ...{ what: 'output', suits: (rank) => rank === 3 || rank === 4 },
  expected: 'features of places, of rank 3 or 4',
};

/** The most images that a graph may insist on at once. */
const MOST_AT_ONCE = 1024;

function batchOf(path: string, batch: number): number {
  if (batch < 1 || batch > MOST_AT_ONCE)
    throw new DataError(`${path}: expected an input of 1 to ${MOST_AT_ONCE} images, got ${batch}`);
  return batch;
}

/** The port of a name, else the first that will do. */
function portOf(
  path: string,
  ports: readonly OnnxPort[],
  named: string | undefined,
  { what, suits, expected }: Wanted,
): OnnxPort {
  const known = ports.map((port) => `${port.name} ${shapeText(port)}`).join(', ') || 'none';
  const found = ports.find(({ name, dimensions }) => (named === undefined ? suits(dimensions.length) : name === named));
  if (found === undefined) {
    const wanted = named === undefined ? expected : quoted(named);
    throw new DataError(`${path}: ${what}: expected ${wanted}, got ${known}`);
  }
  const place = `${path}: ${what} ${quoted(found.name)}`;
  if (found.elementType !== 'float32') throw new DataError(`${place}: expected float32, got ${found.elementType}`);
  const { length: rank } = found.dimensions;
  if (!suits(rank) && !(what === 'output' && rank === 0))
    // an output need not tell its shape
    throw new DataError(`${place}: expected ${expected}, got ${shapeText(found)}`);
  return found;
}

const shapeText = ({ dimensions }: OnnxPort): string => `[${dimensions.join(', ')}]`;

const isChannels = (size: number | string | undefined): size is 1 | 3 => size === 1 || size === 3;

function formatOf(path: string, recipe: JudgeRecipe, input: OnnxPort): InputFormat {
  const place = `${path}: input ${quoted(input.name)} ${shapeText(input)}`;
  const [, second, third, fourth] = input.dimensions;
  const both = isChannels(second) === isChannels(fourth);
  const layout = recipe.layout ?? (both ? undefined : isChannels(second) ? 'nchw' : 'nhwc');
  if (layout === undefined) throw new DataError(`${place}: expected 1 or 3 channels in one place, or a layout`);
  const [inGraph, high, wide] = layout === 'nchw' ? [second, third, fourth] : [fourth, second, third];
  const channels = recipe.channels ?? inGraph;
  if (!isChannels(channels)) throw new DataError(`${place}: expected 1 or 3 channels, got ${channels}`);
  if (typeof inGraph === 'number' && inGraph !== channels)
    throw new DataError(`${place}: expected ${channels} channels as the recipe says, got ${inGraph}`);
  const size = sizeOf(place, recipe.size, [high, wide]);
  if (recipe.range !== undefined && channels === 1 && !Array.isArray(recipe.range))
    throw new DataError(`${place}: expected a range [low, high] for one channel, got one of colours`);
  return {
    ...{ layout, channels, range: recipe.range ?? [0, 1], resize: recipe.resize ?? 'bilinear' },
    ...(size && { size }),
  };
}

/** The sides that images are resized to: the recipe's, else the graph's; none where both are open. */
function sizeOf(
  place: string,
  asked: number | undefined,
  sides: readonly (number | string | undefined)[],
): readonly [number, number] | undefined {
  const [high, wide] = sides.map((side) => (typeof side === 'number' ? side : asked));
  if (high === undefined || wide === undefined) {
    if (high === wide) return undefined;
    throw new DataError(`${place}: expected a size, as one side is open`);
  }
  if (asked !== undefined && (high !== asked || wide !== asked))
    throw new DataError(`${place}: expected images of ${high} × ${wide}, got size ${asked}`);
  if (Math.min(high, wide) < 1 || Math.max(high, wide) > LARGEST)
    throw new DataError(`${place}: expected sides of 1 to ${LARGEST} pixels`);
  return [high, wide];
}

const LARGEST = 2048;

/** A file's name as a word. */
const wordOf = (path: string): string =>
  basename(path)
    .toLowerCase()
    .replace(/\.onnx$/, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64) || 'judge';
