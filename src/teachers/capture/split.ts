import { DataError } from '../../ground/errors.ts';

/** Rows to train on, or rows to test with. */
export type SplitName = 'train' | 'test';

/** One sequence in ten is for testing. */
const TEST_SHARE = 10;

/** Fewer sequences than this are split row by row. */
const FEWEST_SEQUENCES = 20;

/**
 * The rows of a split [n], ascending: about every tenth sequence is for testing, by a hash of its index, so that a
 * capture that grows keeps its split. A sequence ends where positions stop rising; without positions each row is one.
 * Throws DataError where there are not two rows to part.
 */
export function splitRows(path: string, rows: number, positions: Int32Array | undefined, name: SplitName): Int32Array {
  if (rows < 2) throw new DataError(`${path}: expected at least 2 rows, to train and to test, got ${rows}`);
  const sequences = sequencesOf(rows, positions);
  const count = (sequences[rows - 1] ?? 0) + 1;
  const tested = testSet(count);
  return Int32Array.from({ length: rows }, (_, row) => row).filter(
    (row) => tested(sequences[row] ?? 0) === (name === 'test'),
  );
}

/** What a split row by row means for an evaluation; nothing where sequences are set aside whole. */
export function splitRemarks(rows: number, positions: Int32Array | undefined): string[] {
  const sequences = positions && grouped(rows, positions).count;
  if (sequences !== undefined && (sequences >= FEWEST_SEQUENCES || sequences === rows)) return [];
  const why = sequences === undefined ? 'they have no position' : `there are only ${sequences} sequences`;
  return [
    `rows are split one by one, because ${why}: where those of one image or utterance are both trained on and tested with, students look better than under fresh contexts`,
  ];
}

/** The index of each row's sequence [rows]; of rows that are split one by one, each row's own. */
export function sequencesOf(rows: number, positions: Int32Array | undefined): Int32Array {
  const sequences = positions && grouped(rows, positions);
  if (sequences !== undefined && sequences.count >= FEWEST_SEQUENCES) return sequences.of;
  return Int32Array.from({ length: rows }, (_, row) => row);
}

/** The sequences that positions tell apart: how many, and that of each row. */
function grouped(rows: number, positions: Int32Array): { readonly count: number; readonly of: Int32Array } {
  let sequence = 0;
  const of = Int32Array.from({ length: rows }, (_, row) => {
    if (row > 0 && (positions[row] ?? 0) <= (positions[row - 1] ?? 0)) sequence++;
    return sequence;
  });
  return { count: sequence + 1, of };
}

/** Which of so many sequences are for testing: by the hash; where it picks none or all, the last. */
function testSet(count: number): (sequence: number) => boolean {
  const picked = (sequence: number): boolean => mixed(sequence) % TEST_SHARE === 0;
  let tested = 0;
  for (let sequence = 0; sequence < count; sequence++) if (picked(sequence)) tested++;
  return tested > 0 && tested < count ? picked : (sequence) => sequence === count - 1;
}

/** The finalizer of MurmurHash3 (32 bits): every bit of the index changes every bit of the hash. */
function mixed(index: number): number {
  let hash = (index + 0x9e3779b9) | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
