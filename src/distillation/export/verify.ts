import { compile } from '../../engine/compile.ts';
import { compileEager } from '../../engine/graph/eager.ts';
import { cpuEngine, type Program, type TypedFunction } from '../../engine/graph/program.ts';
import { openSession } from '../../engine/onnx/session.ts';
import { DataError } from '../../ground/errors.ts';
import { bytesOf, type HostTensor, largeWeights } from '../../ground/host-tensor.ts';
import { stream } from '../../ground/random/philox.ts';
import type { Student } from '../student/file.ts';

/** Batch sizes at which a program is compared with the weights it was made of; the eager head is slow, see large ones. */
const batches = {
  usual: { jump: [1, 7, 300], whole: [1, 7] },
  large: { jump: [1, 7], whole: [1, 2] },
} as const;
/** Largest difference, relative to the largest output. */
export const tolerance = 1e-5;

/**
 * Runs an exported program, its bytes or its file, against the eager tfjs function of the same weights; gives the largest
 * relative difference that rounding does not explain. `path` is for messages. Throws DataError where it is over the
 * tolerance.
 */
export async function verifyExport(
  path: string,
  model: Uint8Array | string,
  { fn, specs, outputs }: TypedFunction,
  { parameters }: Pick<Student, 'parameters'>,
): Promise<number> {
  const large = bytesOf(parameters) >= largeWeights;
  const exported = await openSession(model, { inputs: specs, outputs }, cpuEngine(), { large });
  const eager = await compileEager(fn, specs, outputs, 'cpu', parameters);
  let worst = 0;
  try {
    for (const batch of batches[large ? 'large' : 'usual'][specs.x ? 'jump' : 'whole']) {
      const feeds = randomFeeds(specs, batch);
      const [found, expected] = [await exported.run(feeds), await eager.run(feeds)];
      for (const output of outputs) {
        const right = expected[output]?.data ?? [];
        const difference = relativeDifference(found[output]?.data ?? [], right);
        const explained = difference > tolerance ? await sensitivity(eager, feeds, output, right) : 0;
        worst = Math.max(worst, difference - explained);
      }
    }
  } finally {
    await exported.dispose();
    await eager.dispose();
  }
  if (!(worst <= tolerance))
    throw new DataError(
      `${path}: expected the exported program to equal its weights to ${tolerance} beside rounding, got ${worst}`,
    );
  return worst;
}

/** Rows that a rounded program is compared on, of large weights and of others. */
const roundedRows = { usual: 256, large: 16 } as const;

/**
 * Runs a program with rounded weights beside the same one in float32; gives the median over rows of the relative difference of
 * its output. Throws DataError where that is over the limit, which says that what was written is no rounding of the weights.
 */
export async function verifyRounded(
  path: string,
  model: Uint8Array | string,
  { fn, specs, outputs }: TypedFunction,
  { parameters }: Pick<Student, 'parameters'>,
  limit: number,
): Promise<number> {
  const large = bytesOf(parameters) >= largeWeights;
  const rounded = await openSession(model, { inputs: specs, outputs }, cpuEngine(), { large });
  const whole = await compile(fn, specs, { engine: cpuEngine(), constants: parameters });
  try {
    const rows = roundedRows[large ? 'large' : 'usual'];
    const feeds = randomFeeds(specs, rows);
    const [found, right] = [await rounded.run(feeds), await whole.run(feeds)];
    const differences = outputs.map((output) => medianDifference(found[output], right[output], rows));
    const worst = Math.max(...differences);
    if (!(worst <= limit))
      throw new DataError(
        `${path}: expected the rounded program to be within ${limit} of float32 in the median, got ${worst.toPrecision(3)}`,
      );
    return worst;
  } finally {
    await rounded.dispose();
    await whole.dispose();
  }
}

/** The median over rows of |a − b| / |b|. */
function medianDifference(found: HostTensor | undefined, right: HostTensor | undefined, rows: number): number {
  if (found === undefined || right === undefined || found.data.length !== right.data.length) return Number.NaN;
  const width = right.data.length / rows;
  const differences = Float64Array.from({ length: rows }, (_, row) => {
    let [apart, size] = [0, 0];
    for (let i = row * width; i < (row + 1) * width; i++) {
      apart += ((found.data[i] ?? 0) - (right.data[i] ?? 0)) ** 2;
      size += (right.data[i] ?? 0) ** 2;
    }
    return Math.sqrt(apart / size);
  });
  if (differences.some(Number.isNaN)) return Number.NaN;
  return differences.sort()[rows >> 1] ?? Number.NaN;
}

/**
 * How much rounding alone may change the outputs: a student's steps part neighbouring noises where the teacher's modes do,
 * so that an unrolled sampler can turn the last bits of float32 into visible ones. By the same head on inputs that are a
 * few last bits away, with room for the operations between.
 */
async function sensitivity(
  eager: Program,
  feeds: Readonly<Record<string, HostTensor>>,
  output: string,
  expected: ArrayLike<number>,
): Promise<number> {
  const away = Object.fromEntries(
    Object.entries(feeds).map(([name, { shape, data }]) => [
      name,
      { shape, data: Float32Array.from(data as Float32Array, (value) => value * (1 + 2 ** -21)) },
    ]),
  );
  return 10 * relativeDifference((await eager.run(away))[output]?.data ?? [], expected);
}

/** Normal tensors and hidden states; times and guidance where heads are used. */
function randomFeeds(specs: TypedFunction['specs'], batch: number): Record<string, HostTensor> {
  const guidance = [1, 3] as const;
  const ranges: Record<string, readonly [number, number]> = {
    s: [0, 0.5],
    t: [0.5, 1],
    guidance,
    guidance_image: guidance,
  };
  return Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => {
      const shape = spec.shape.map((size) => (size === 'batch' ? batch : size));
      const size = shape.reduce((a, b) => a * b, 1);
      const random = stream('verify-export', name, batch);
      const range = ranges[name];
      const data = range ? random.uniform(size).map((u) => range[0] + (range[1] - range[0]) * u) : random.normal(size);
      return [name, { shape, data }];
    }),
  );
}

function relativeDifference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = found.length === expected.length && expected.length > 0 ? 0 : Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const gap = Math.abs((found[i] ?? Number.NaN) - (expected[i] ?? 0));
    if (!(gap <= difference)) difference = gap;
    largest = Math.max(largest, Math.abs(expected[i] ?? 0));
  }
  return difference / largest;
}
