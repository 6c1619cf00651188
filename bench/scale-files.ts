import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomic } from '../src/ground/file/atomic.ts';
import { writeSafetensors } from '../src/ground/file/safetensors.ts';
import { type HostTensor, sizeOf } from '../src/ground/host-tensor.ts';
import { stream } from '../src/ground/random/philox.ts';
import { type HeadSizes, headShapes } from '../src/heads/network/config.ts';

/** A real head by its sizes: where its tensors stand in the original's checkpoint. */
export interface RealHead {
  readonly family: 'nextstep' | 'mar';
  readonly prefix: string;
  readonly sizes: HeadSizes & { readonly token: number; readonly condition: number };
}

/** The heads whose size this machine must do. */
export const realHeads: Readonly<Record<string, RealHead>> = {
  'NextStep-1 64/5120/1536×12': {
    family: 'nextstep',
    prefix: 'image_head.net.',
    sizes: { token: 64, condition: 5120, width: 1536, depth: 12 },
  },
  'MAR-H 16/1280/1536×12': {
    family: 'mar',
    prefix: 'net.',
    sizes: { token: 16, condition: 1280, width: 1536, depth: 12, output: 32 },
  },
};

/** Contexts of the trajectories, and evaluations of one path. */
export const contexts = 2048;
/** Solver steps of a path. */
export const solverSteps = 28;
/** Samples of a training step and of one evaluation. */
export const samples = 256;

/** Normal numbers; large tensors repeat a block of a prime length, which no matrix has for a dimension. */
const block = stream('scale').normal(1_048_583);

const random = (shape: readonly number[], scale = 1, centre = 0): HostTensor<Float32Array> => {
  const data = new Float32Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = centre + scale * (block[i % block.length] ?? 0);
  return { shape, data };
};

/** Weights N(0, 1/inputs), so that values keep their size through the layers; gains around 1. */
const weight = (name: string, shape: readonly number[]): HostTensor<Float32Array> =>
  random(shape, shape.length === 2 ? (shape[1] ?? 1) ** -0.5 : 0.02, name.endsWith('ln.weight') ? 1 : 0);

/** Writes a checkpoint of random weights, a capture, inputs of one evaluation and a recipe into a folder. */
export async function writeScaleFiles(folder: string, { prefix, sizes }: RealHead): Promise<void> {
  await mkdir(join(folder, 'capture'), { recursive: true });
  const { token, condition } = sizes;
  const rows = Math.ceil(contexts * 1.3); // a tenth is for testing
  const weights = Object.entries(headShapes(sizes)).map(([name, shape]) => [prefix + name, weight(name, shape)]);
  await writeSafetensors(join(folder, 'source.safetensors'), Object.fromEntries(weights));
  await writeSafetensors(join(folder, 'capture/shard-0.safetensors'), {
    conditional: random([rows, condition]),
    unconditional: random([rows, condition], 1, 0.1),
  });
  await writeSafetensors(join(folder, 'inputs.safetensors'), {
    x: random([samples, token]),
    t: { shape: [samples], data: stream('scale', 't').uniform(samples) },
    c: random([samples, condition]),
  });
  await writeAtomic(join(folder, 'recipe.yaml'), recipe);
}

const recipe = `kind: distill
name: scale
seeds: [1]
engine: { kind: onnx, provider: cpu, threads: 2, workers: 1 }
teacher: { kind: imported, path: teachers/scale }
data: { kind: capture, path: capture }
guidance: { min: 1, max: 3 }
trajectories: { contexts: ${contexts}, draws: 1, solver: euler, steps: ${solverSteps}, keep: ${solverSteps}, shardRows: 256 }
students:
  - name: trajectory
    method: trajectory
    training: { steps: 20, batch: ${samples}, draws: 1, checkpointEvery: 10, warmup: 1, learningRate: 1.0e-4 }
evaluation: { steps: [1, 4], teacher: { solver: euler, steps: ${solverSteps} }, solvers: [euler], samples: 128 }
`;
