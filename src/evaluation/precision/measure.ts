/** How far the samples of a student's rounded files are from those of its float32 ones, and how fast both run. */
import type { Student } from '../../distillation/student/file.ts';
import { cpuEngine, type Program, type TypedFunction } from '../../engine/graph/program.ts';
import { openSession } from '../../engine/onnx/session.ts';
import { DataError } from '../../ground/errors.ts';
import { bytesOf, type HostTensor, largeWeights, sizeOf } from '../../ground/host-tensor.ts';
import { stream } from '../../ground/random/philox.ts';
import { contextFeeds } from '../../heads/context.ts';
import { measureLatency } from '../stage/latency.ts';
import type { Draws } from '../statistics/draws.ts';
import { energyDistances } from '../statistics/energy-distance.ts';
import { meanEstimate } from '../statistics/interval.ts';
import type { MeasuredContexts } from './contexts.ts';
import type { SamplerQuality, SamplerSpeed } from './file.ts';

/** Draws of each context, of either noise. */
export const DRAWS = 32;
/** Rows of a call. */
const ROWS = 256;
/** Batch sizes that are timed, and how many calls of each. */
const timed = [
  { batch: 1, calls: 200 },
  { batch: 256, calls: 20 },
] as const;

/** Opens an exported sampler's file. Throws EngineError. */
export const openSampler = (path: string, { specs, outputs }: TypedFunction, student: Student): Promise<Program> =>
  openSession(path, { inputs: specs, outputs }, cpuEngine(), { large: bytesOf(student.parameters) >= largeWeights });

/** Draws of a sampler under all contexts [C, 32, D], its noise of the stream `key`: the same key is the same noise. */
export async function drawsOf(
  sampler: Program,
  { config }: Pick<Student, 'config'>,
  { context }: MeasuredContexts,
  key: readonly (string | number)[],
): Promise<Draws> {
  const contexts = context.w.data.length;
  const heard = contextFeeds(config, context, 'input');
  const random = stream(...key);
  const drawn = new Float32Array(contexts * DRAWS * config.token);
  for (let from = 0; from < contexts * DRAWS; from += ROWS) {
    const rows = Math.min(ROWS, contexts * DRAWS - from);
    const feeds = Object.entries(sampler.inputs).map(([name, { shape }]) => {
      const repeated = heard[name];
      if (repeated !== undefined) return [name, repeatedRows(repeated, from, rows)] as const;
      const sizes = [rows, ...shape.slice(1).map(Number)];
      return [name, { shape: sizes, data: random.normal(sizeOf(sizes)) }] as const;
    });
    const { sample } = await sampler.run(Object.fromEntries(feeds));
    drawn.set(sample?.data ?? [], from * config.token);
  }
  return { shape: [contexts, DRAWS, config.token], data: drawn };
}

/** Rows of a tensor each of which is there as often as there are draws. */
function repeatedRows({ shape, data }: HostTensor<Float32Array>, from: number, rows: number): HostTensor<Float32Array> {
  const width = sizeOf(shape.slice(1));
  const repeated = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    const place = Math.floor((from + row) / DRAWS) * width;
    repeated.set(data.subarray(place, place + width), row * width);
  }
  return { shape: [rows, ...shape.slice(1)], data: repeated };
}

/** What a sampler's float32 file gives, which its rounded ones are compared with. */
export interface FloatDraws {
  /** From the noise that rounded files are given, too. */
  readonly same: Draws;
  /** From other noise. */
  readonly other: Draws;
}

/**
 * The energy distance of a rounded sampler's draws to the float32 ones of other noise, beside that of float32 draws from its own
 * noise, and their difference; and both distances to the teacher's ends. Throws DataError where a draw is not finite.
 */
export function qualityOf(file: string, rounded: Draws, { same, other }: FloatDraws, ends?: Draws): SamplerQuality {
  if (!rounded.data.every(Number.isFinite)) throw new DataError(`${file}: expected finite samples`);
  const [distance, floor] = [energyDistances(rounded, other), energyDistances(same, other)];
  return {
    distance: meanEstimate(distance),
    floor: meanEstimate(floor),
    excess: meanEstimate(distance.map((value, i) => value - (floor[i] ?? Number.NaN))),
    ...(ends && {
      toTeacher: meanEstimate(energyDistances(rounded, ends)),
      toTeacherBefore: meanEstimate(energyDistances(same, ends)),
    }),
  };
}

/** The time of a call at batch 1 and 256, one after the other, on noise as it comes. */
export async function speedOf(sampler: Program): Promise<SamplerSpeed[]> {
  const speeds: SamplerSpeed[] = [];
  for (const { batch, calls } of timed) {
    const feeds = Object.fromEntries(
      Object.entries(sampler.inputs).map(([name, { shape }]) => {
        const sizes = shape.map((size) => (size === 'batch' ? batch : size));
        return [name, { shape: sizes, data: stream('precision', 'speed', name, batch).normal(sizeOf(sizes)) }];
      }),
    );
    const { p50 } = await measureLatency(() => sampler.run(feeds), { batch, calls });
    speeds.push({ batch, p50 });
  }
  return speeds;
}
