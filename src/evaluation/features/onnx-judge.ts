import { cpuEngine, type Engine, type Program } from '../../engine/graph/program.ts';
import { openSession } from '../../engine/onnx/session.ts';
import { readForeignModel } from '../../engine/onnx-graph/foreign-model.ts';
import { DataError } from '../../ground/errors.ts';
import { oddPlace } from '../../ground/finite.ts';
import { type HostTensor, sizeOf } from '../../ground/host-tensor.ts';
import { inputImages } from './input-images.ts';
import type { Judge } from './judge.ts';
import { type JudgeContract, type JudgeRecipe, judgeContract, type Pool } from './judge-contract.ts';

/** Reads an ONNX feature network and checks it against its contract. Throws DataError or FileError, one line. */
export async function readOnnxJudge(recipe: JudgeRecipe) {
  const model = await readForeignModel(recipe.model);
  if (recipe.sha256 !== undefined && recipe.sha256 !== model.fileHash)
    throw new DataError(`${model.path}: expected SHA-256 ${recipe.sha256}, got ${model.fileHash}`);
  return { model, contract: judgeContract(recipe, model) };
}

/** Opens an ONNX feature network in onnxruntime. Throws DataError, FileError or EngineError. */
export async function openOnnxJudge(recipe: JudgeRecipe, engine: Engine): Promise<Judge> {
  const { model, contract } = await readOnnxJudge(recipe);
  const { input, output, name, distance } = contract;
  const ports = model.inputs.find((port) => port.name === input)?.dimensions ?? [];
  const shape = ports.map((size, axis) => (typeof size === 'number' && axis > 0 ? size : ('batch' as const)));
  const runner = engine.kind === 'onnx' ? engine : cpuEngine(engine.threads);
  const program = await openSession(
    model.bytesFor(output),
    { inputs: { [input]: { shape } }, outputs: [output] },
    runner,
  );
  return {
    ...{ name, distance, hash: model.hash },
    extract: (images) => extract(program, { ...contract, path: model.path }, images),
    dispose: () => program.dispose(),
  };
}

/** Values of a batch of inputs, at most. */
const BATCH_VALUES = 1 << 23;
const BATCH = 64;

/** The most features of an image: a covariance has their square. */
const MOST_FEATURES = 4096;

async function extract(
  program: Program,
  contract: JudgeContract & { readonly path: string },
  images: HostTensor<Float32Array>,
): Promise<{ readonly features: HostTensor<Float32Array> }> {
  const [count = 0, ...sides] = images.shape;
  const pixels = sizeOf(sides);
  if (count < 1 || images.data.length !== count * pixels)
    throw new DataError(`images: expected at least one, got [${images.shape.join(', ')}]`);
  const odd = oddPlace(images.data);
  if (odd >= 0) throw new DataError(`images: expected finite pixels, got ${images.data[odd]}`);
  const { size = [sides[0] ?? 1, sides[1] ?? 1], channels } = contract.format;
  const usual = Math.max(1, Math.min(BATCH, Math.floor(BATCH_VALUES / (size[0] * size[1] * channels))));
  const batch = contract.batch ?? usual;
  let features: Float32Array | undefined;
  for (let row = 0; row < count; row += batch) {
    const rows = Math.min(batch, count - row);
    const part = images.data.subarray(row * pixels, (row + rows) * pixels);
    const found = await vectorsOf(program, contract, { shape: [rows, ...sides], data: part });
    const width = found.length / rows;
    features ??= new Float32Array(count * width);
    features.set(found, row * width);
  }
  const data = features ?? new Float32Array();
  return { features: { shape: [count, data.length / count], data } };
}

/** The features of a batch; where the graph insists on more images, the last one is repeated. */
async function vectorsOf(
  program: Program,
  contract: JudgeContract & { readonly path: string },
  images: HostTensor<Float32Array>,
): Promise<Float32Array> {
  const [rows = 0] = images.shape;
  const { path, input, output, format, batch = rows, pool } = contract;
  const fed = padded(inputImages(images, format), batch);
  const { [output]: found } = await program.run({ [input]: fed });
  const place = `${path}: output ${output}`;
  if (!(found?.data instanceof Float32Array) || found.shape[0] !== batch)
    throw new DataError(`${place}: expected floats of ${batch} images, got [${found?.shape.join(', ')}]`);
  const { shape, data } = pooled(place, { shape: found.shape, data: found.data }, pool, format.layout);
  const [, width = 0] = shape;
  if (width < 1 || width > MOST_FEATURES)
    throw new DataError(`${place}: expected 1 to ${MOST_FEATURES} features an image, got ${width}`);
  const own = data.subarray(0, rows * width);
  const odd = oddPlace(own);
  if (odd >= 0) throw new DataError(`${place}: expected finite features, got ${own[odd]}`);
  return own;
}

function padded({ shape, data }: HostTensor<Float32Array>, batch: number): HostTensor<Float32Array> {
  const [rows = 0, ...sides] = shape;
  if (rows === batch) return { shape, data };
  const size = sizeOf(sides);
  const all = new Float32Array(batch * size);
  all.set(data);
  for (let row = rows; row < batch; row++) all.set(data.subarray((rows - 1) * size, rows * size), row * size);
  return { shape: [batch, ...sides], data: all };
}

/**
 * One vector an image: [B, D] as it is; of places [B, L, D], or [B, D, H, W] (the network's layout), their mean or the
 * first. Throws DataError where the output's rank is another.
 */
function pooled(
  place: string,
  { shape, data }: HostTensor<Float32Array>,
  pool: Pool | undefined,
  layout: 'nchw' | 'nhwc',
): HostTensor<Float32Array> {
  const [rows = 0, ...rest] = shape;
  if (pool === undefined && rest.length === 1) return { shape, data };
  if (pool === undefined || (rest.length !== 2 && rest.length !== 3))
    throw new DataError(
      `${place}: expected ${pool === undefined ? '[images, features]' : 'features of places'}, got [${shape.join(', ')}]`,
    );
  const channelsFirst = rest.length === 3 && layout === 'nchw';
  const width = (channelsFirst ? rest[0] : rest.at(-1)) ?? 1;
  const places = sizeOf(rest) / width;
  const [ofPlace, ofFeature] = channelsFirst ? [1, places] : [width, 1];
  const counted = pool === 'mean' ? places : 1;
  const out = new Float32Array(rows * width);
  for (let index = 0; index < out.length; index++) {
    const start = Math.floor(index / width) * width * places + (index % width) * ofFeature;
    let sum = 0;
    for (let at = 0; at < counted; at++) sum += data[start + at * ofPlace] as number;
    out[index] = sum / counted;
  }
  return { shape: [rows, width], data: out };
}
