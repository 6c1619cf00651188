/**
 * Random numbers by counter: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
 * A stream is named by its key, so any worker that asks for ('trajectories', seed, shard, row) draws the same numbers.
 */
import { textDigest } from './text-digest.ts';

const ROUNDS = 10;
const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;

/** The upper 32 bits of the product of two unsigned 32-bit integers. */
function highProduct(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const carry = Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16);
  const middle = Math.imul(aLow, bHigh) + (carry & 0xffff);
  return (Math.imul(aHigh, bHigh) + (carry >>> 16) + (middle >>> 16)) | 0;
}

/** One block of Philox4x32-10: four 32-bit words from a 4-word counter and a 2-word key, written to `out`. */
export function philox(
  out: Uint32Array,
  counter0: number,
  counter1: number,
  counter2: number,
  counter3: number,
  key0: number,
  key1: number,
): void {
  let [x0, x1, x2, x3] = [counter0 | 0, counter1 | 0, counter2 | 0, counter3 | 0];
  let [k0, k1] = [key0 | 0, key1 | 0];
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = highProduct(MULTIPLIER_0, x0);
    const low0 = Math.imul(MULTIPLIER_0, x0);
    const high1 = highProduct(MULTIPLIER_1, x2);
    const low1 = Math.imul(MULTIPLIER_1, x2);
    x0 = high1 ^ x1 ^ k0;
    x1 = low1;
    x2 = high0 ^ x3 ^ k1;
    x3 = low0;
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  out[0] = x0;
  out[1] = x1;
  out[2] = x2;
  out[3] = x3;
}

/**
 * An endless supply of numbers. Each kind of draw has a sequence of its own and goes on where it stopped: two draws
 * of 3 and 5 give the same numbers as one of 8, whatever else was drawn between.
 */
export interface Stream {
  /** Uniform on the open interval (0, 1); a number asks for a new array of that length, an array is filled. */
  uniform(out: number | Float32Array): Float32Array;
  /** Standard normal, by Box and Muller's transform; at most 6.8 in magnitude. */
  normal(out: number | Float32Array): Float32Array;
  /** Integers from 0 to below − 1, below ≤ 2³¹. */
  integers(count: number, below: number): Int32Array;
  /** The integers 0 … length − 1 in random order (Fisher–Yates). */
  permutation(length: number): Int32Array;
}

/** Writes values `at` … `at + 3` of a draw from the four words of a block. */
type Transform = (words: Uint32Array, values: Float64Array) => void;

const uniformOfBlock: Transform = (words, values) => {
  // 23 bits and a half: exact in float32, never 0 or 1
  for (let i = 0; i < 4; i++) values[i] = (((words[i] ?? 0) >>> 9) + 0.5) * 2 ** -23;
};

const normalOfBlock: Transform = (words, values) => {
  for (let i = 0; i < 4; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(((words[i] ?? 0) + 0.5) * 2 ** -32));
    const angle = (words[i + 1] ?? 0) * (2 * Math.PI * 2 ** -32);
    values[i] = radius * Math.cos(angle);
    values[i + 1] = radius * Math.sin(angle);
  }
};

const fractionOfBlock: Transform = (words, values) => {
  // 53 bits a fraction in [0, 1): the bias of floor(fraction · below) is under below · 2⁻⁵³
  for (let i = 0; i < 2; i++) values[i] = (words[2 * i] ?? 0) * 2 ** -32 + ((words[2 * i + 1] ?? 0) >>> 11) * 2 ** -53;
};

/** One endless sequence of a stream: a lane of its counter space and the values that a block of it gives. */
function sequence(words: readonly [number, number, number, number], lane: number, width: number, transform: Transform) {
  const block = new Uint32Array(4);
  const values = new Float64Array(4);
  const [key0, key1, counter2, counter3] = words;
  let position = 0;
  const load = (index: number) => {
    // the block's index in 53 bits, the lane in the byte above them
    philox(block, index | 0, Math.floor(index / 2 ** 32) | (lane << 24), counter2, counter3, key0, key1);
    transform(block, values);
  };
  return <Out extends Float32Array | Float64Array>(out: Out): Out => {
    for (let i = 0; i < out.length; i++, position++) {
      const within = position % width;
      if (within === 0) load(position / width);
      out[i] = values[within] ?? 0;
    }
    return out;
  };
}

const arrayOf = (out: number | Float32Array): Float32Array => (typeof out === 'number' ? new Float32Array(out) : out);

/** The first 128 bits of the SHA-256 of a key: Philox's own key and the upper half of its counter. */
function wordsOf(key: readonly (number | string)[]): [number, number, number, number] {
  const odd = key.find((part) => typeof part === 'number' && !Number.isFinite(part));
  if (odd !== undefined) throw new RangeError(`the key of a random stream must be finite, got ${odd}`);
  const { buffer } = textDigest(JSON.stringify(key));
  const digest = new DataView(buffer);
  return [digest.getUint32(0, true), digest.getUint32(4, true), digest.getUint32(8, true), digest.getUint32(12, true)];
}

/** The stream of a key, such as `stream('trajectories', runSeed, shard, row)`: equal keys give equal numbers. */
export function stream(...key: (number | string)[]): Stream {
  const words = wordsOf(key);
  const uniform = sequence(words, 0, 4, uniformOfBlock);
  const normal = sequence(words, 1, 4, normalOfBlock);
  const integer = sequence(words, 2, 2, fractionOfBlock);
  const order = sequence(words, 3, 2, fractionOfBlock);
  return {
    uniform: (out) => uniform(arrayOf(out)),
    normal: (out) => normal(arrayOf(out)),
    integers(count, below) {
      if (!Number.isInteger(below) || below < 1 || below > 2 ** 31) {
        throw new RangeError(`integers below: expected 1 to 2^31, got ${below}`);
      }
      return Int32Array.from(integer(new Float64Array(count)), (fraction) => Math.floor(fraction * below));
    },
    permutation(length) {
      const fractions = order(new Float64Array(length));
      const items = Int32Array.from({ length }, (_, i) => i);
      for (let i = length - 1; i > 0; i--) {
        const j = Math.floor((fractions[i] ?? 0) * (i + 1));
        const item = items[i] ?? 0;
        items[i] = items[j] ?? 0;
        items[j] = item;
      }
      return items;
    },
  };
}
