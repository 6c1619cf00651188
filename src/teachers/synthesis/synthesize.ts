import { join } from 'node:path';
import type { Engine } from '../../engine/graph/program.ts';
import { writeSafetensors } from '../../ground/file/safetensors.ts';
import { sha256 } from '../../ground/file/sha256.ts';
import type { Progress } from '../../ground/progress.ts';
import { type FamilyName, families } from '../../heads/family/table.ts';
import { importHead } from '../imported/import-head.ts';
import { trainSyntheticHead } from './train.ts';
import { syntheticWorld, type WorldRows, type WorldSizes } from './world.ts';

/** What to make, and how large. */
export interface SynthesisOptions {
  readonly family: FamilyName;
  /** Folder of all that is written: `teacher/`, `capture/` and `training/`. */
  readonly out: string;
  readonly seed: number;
  /** Rows of the capture. */
  readonly rows: number;
  readonly steps: number;
  readonly engine: Engine;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

/** Where the teacher and the capture are. */
export interface Synthesis {
  readonly teacher: string;
  readonly capture: string;
}

const sizes: WorldSizes = { token: 8, condition: 16, components: 3, length: 16 };

/** Rows of a shard of the capture. */
const SHARD_ROWS = 4096;

/**
 * Makes something to distil: a small head of a family, trained by its official loss on a conditional mixture, as an
 * imported teacher, and the capture that the model around it would have written. The same options give the same
 * weights and capture; an interrupted call goes on at its last checkpoint.
 */
export async function synthesize(options: SynthesisOptions): Promise<Synthesis> {
  const { family, out, seed, steps, engine, progress, signal } = options;
  const [teacher, capture, training] = ['teacher', 'capture', 'training'].map((name) => join(out, name)) as [
    string,
    string,
    string,
  ];
  const world = syntheticWorld(sizes, seed);
  const shape = { family, seed, steps, width: 96, depth: 3, sequences: 16, draws: 4 };
  const stage = progress.stage('training', steps, 'steps');
  const parameters = await trainSyntheticHead(world, sizes, {
    ...shape,
    engine,
    checkpoint: join(training, `checkpoint-${sha256(JSON.stringify(shape)).slice(0, 12)}.safetensors`),
    onStep: (step, loss) => stage.advance(step, loss === undefined ? undefined : `loss ${loss.toPrecision(3)}`),
    ...(signal && { signal }),
  });
  stage.done();
  const [prefix = ''] = families[family].prefixes;
  const weights = join(training, 'model.safetensors');
  await writeSafetensors(
    weights,
    Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [prefix + name, tensor])),
  );
  const { smallStartIndex: startIndex } = families[family];
  await importHead(weights, {
    family,
    name: `${family}-synthetic`,
    output: teacher,
    ...(startIndex !== undefined && { startIndex }),
  });
  await writeCapture(capture, world, options);
  return { teacher, capture };
}

async function writeCapture(
  folder: string,
  world: (key: string | number, sequences: number) => WorldRows,
  { rows, progress }: SynthesisOptions,
): Promise<void> {
  const stage = progress.stage('capture', rows, 'rows');
  for (let from = 0, index = 0; from < rows; from += SHARD_ROWS, index++) {
    const count = Math.min(SHARD_ROWS, rows - from);
    const drawn = world(`capture-${index}`, Math.ceil(count / sizes.length));
    const matrix = (data: Float32Array, columns: number) => ({
      shape: [count, columns],
      data: data.subarray(0, count * columns),
    });
    await writeSafetensors(join(folder, `part-${String(index).padStart(4, '0')}.safetensors`), {
      conditional: matrix(drawn.conditional, sizes.condition),
      unconditional: matrix(drawn.unconditional, sizes.condition),
      target: matrix(drawn.target, sizes.token),
      position: { shape: [count], data: drawn.position.subarray(0, count) },
    });
    stage.advance(from + count);
  }
  stage.done();
}
