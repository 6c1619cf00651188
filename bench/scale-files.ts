import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomic } from '../src/ground/file/atomic.ts';
import { writeSafetensors } from '../src/ground/file/safetensors.ts';
import { freeMemory } from '../src/ground/free-memory.ts';
import { type HostTensor, sizeOf } from '../src/ground/host-tensor.ts';
import { stream } from '../src/ground/random/philox.ts';
import { type HeadSizes, headShapes } from '../src/heads/network/config.ts';

/** A real head by its sizes: where its tensors stand in the original's checkpoint, and how much is done with it. */
export interface RealHead {
  readonly title: string;
  readonly family: 'nextstep' | 'mar' | 'vibevoice';
  readonly prefix: string;
  readonly sizes: HeadSizes & { readonly token: number; readonly condition: number };
  /** Contexts of the trajectories. */
  readonly contexts: number;
  /** Solver steps of a path. */
  readonly solverSteps: number;
}

/** The heads whose size this machine must do. */
export const realHeads: Readonly<Record<string, RealHead>> = {
  'nextstep-1': {
    title: 'NextStep-1 64/5120/1536×12',
    family: 'nextstep',
    prefix: 'image_head.net.',
    sizes: { token: 64, condition: 5120, width: 1536, depth: 12 },
    contexts: 2048,
    solverSteps: 28,
  },
  'mar-h': {
    title: 'MAR-H 16/1280/1536×12',
    family: 'mar',
    prefix: 'net.',
    sizes: { token: 16, condition: 1280, width: 1536, depth: 12, output: 32 },
    contexts: 2048,
    solverSteps: 28,
  },
  'vibevoice-large': {
    title: 'VibeVoice-Large 64/3584/3584×4',
    family: 'vibevoice',
    prefix: 'model.prediction_head.',
    sizes: { architecture: 'swiglu', token: 64, condition: 3584, width: 3584, hidden: 10_752, depth: 4 },
    contexts: 256,
    solverSteps: 8,
  },
};

/** The heads of those names, of all unless given. Throws TypeError for a name that is none. */
export function headsNamed(names: readonly string[] = Object.keys(realHeads)): RealHead[] {
  return names.map((name) => {
    const head = realHeads[name];
    if (head === undefined)
      throw new TypeError(`--heads ${name}: expected some of ${Object.keys(realHeads).join(', ')}`);
    return head;
  });
}

/** Rows of a file of the capture. */
const CAPTURED = 4096;

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
  random(shape, shape.length === 2 ? (shape[1] ?? 1) ** -0.5 : 0.02, /(ln|norm)\.weight$/.test(name) ? 1 : 0);

/** Writes a checkpoint of random weights, a capture, inputs of one evaluation and a recipe into a folder. */
export async function writeScaleFiles(folder: string, head: RealHead): Promise<void> {
  const { prefix, sizes, contexts } = head;
  await mkdir(join(folder, 'capture'), { recursive: true });
  const { token, condition } = sizes;
  const rows = Math.ceil(contexts * 1.3); // a tenth is for testing
  const weights = Object.entries(headShapes(sizes)).map(([name, shape]) => [prefix + name, weight(name, shape)]);
  await writeSafetensors(join(folder, 'source.safetensors'), Object.fromEntries(weights));
  for (let from = 0; from < rows; from += CAPTURED) {
    const shape = [Math.min(CAPTURED, rows - from), condition];
    await writeSafetensors(join(folder, `capture/shard-${String(from).padStart(7, '0')}.safetensors`), {
      conditional: random(shape, 1, from * 1e-6), // no two shards are the same
      unconditional: random(shape, 1, 0.1),
    });
  }
  await writeSafetensors(join(folder, 'inputs.safetensors'), {
    x: random([samples, token]),
    t: { shape: [samples], data: stream('scale', 't').uniform(samples) },
    c: random([samples, condition]),
  });
  await writeAtomic(join(folder, 'recipe.yaml'), recipeOf(head));
  freeMemory(); // what is measured needs it
}

const recipeOf = ({ contexts, solverSteps }: RealHead): string => `kind: distill
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

/** The folder of the only run, and that of its training. */
export const runOf = async (folder: string): Promise<string> =>
  join(folder, 'runs', (await readdir(join(folder, 'runs')))[0] ?? '');
export const trainingOf = async (folder: string): Promise<string> =>
  join(await runOf(folder), 'training/trajectory-seed1');

/** The bytes of a folder's files. */
export async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder)) bytes += (await stat(join(folder, name))).size;
  return bytes;
}
