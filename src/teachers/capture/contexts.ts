import { DataError } from '../../ground/errors.ts';
import { stream } from '../../ground/random/philox.ts';
import { type ContextKey, contextParts } from '../../heads/context.ts';
import type { ContextRequest, Contexts, ContextUse } from '../teacher.ts';
import type { Capture } from './capture.ts';
import { splitRemarks } from './split.ts';

/**
 * The contexts of a request from a capture: rows of the split in an order drawn by the request's key, each once before
 * any comes again; of contexts apart, one of each sequence before a second of any. Where nothing was captured without the prompt, guidance must be 1 and the conditional states stand
 * for the unconditional ones. Throws DataError.
 */
export async function captureContexts(
  capture: Capture,
  { rows, key, split, guidance, apart }: ContextRequest,
): Promise<Contexts> {
  const guided = guidance.min !== 1 || guidance.max !== 1;
  if (guided && !capture.has('unconditional'))
    throw new DataError(
      `${capture.path}: expected a tensor named unconditional for guidance ${guidance.min} to ${guidance.max}, ` +
        'found none; capture it, or set guidance: 1',
    );
  const sequences = apart && (await capture.sequences());
  const chosen = chosenRows(await capture.split(split), rows, key, sequences);
  const positions = await capture.positions();
  const conditional = await capture.read('conditional', chosen);
  const read = async (key: ContextKey): Promise<Contexts['conditional'] | undefined> => {
    const { captured } = contextParts[key];
    return captured !== undefined && capture.has(captured) ? capture.read(captured, chosen) : undefined;
  };
  const imageOnly = await read('imageOnly');
  return {
    conditional,
    unconditional: (await read('unconditional')) ?? conditional,
    ...(imageOnly !== undefined && { imageOnly }),
    position: { shape: [rows], data: chosen.map((row) => positions?.[row] ?? 0) },
    provenance: { shape: [rows], data: new Int32Array(rows) },
  };
}

function chosenRows(
  available: Int32Array,
  rows: number,
  key: ContextRequest['key'],
  sequences: Int32Array | undefined,
): Int32Array {
  const numbers = stream(...key, 'capture');
  const chosen = new Int32Array(rows);
  for (let done = 0; done < rows; done += available.length) {
    const drawn = numbers.permutation(available.length).map((place) => available[place] ?? 0);
    chosen.set((sequences ? takingTurns(drawn, sequences) : drawn).subarray(0, rows - done), done);
  }
  return chosen;
}

/** The same rows, one of each sequence before a second of any. */
function takingTurns(rows: Int32Array, sequences: Int32Array): Int32Array {
  const turns = new Map<number, number>();
  const turn = rows.map((row) => {
    const sequence = sequences[row] ?? row;
    const before = turns.get(sequence) ?? 0;
    turns.set(sequence, before + 1);
    return before;
  });
  const places = Array.from(rows.keys()).sort((a, b) => (turn[a] as number) - (turn[b] as number)); // stable
  return Int32Array.from(places, (place) => rows[place] as number);
}

/** Rows of either split that are read before a run, to see that their numbers are finite. */
const SAMPLE = 256;

/** No trained model has hidden states of this size; a head on them leaves float32 hours later. */
const LARGEST = 1e9;

/**
 * Checks, before any work is begun, that a capture can serve so many contexts at these guidance scales: that what
 * guidance asks for was captured, and that some rows to train on and to test with are finite and of a size that can be. Gives remarks, a sentence
 * each. Throws DataError.
 */
export async function checkContexts(capture: Capture, { contexts, guidance }: ContextUse): Promise<string[]> {
  for (const split of ['train', 'test'] as const) {
    const rows = Math.min(SAMPLE, (await capture.split(split)).length);
    const sample = await captureContexts(capture, { rows, key: ['check'], freeRunning: 0, split, guidance });
    for (const name of ['conditional', 'unconditional', 'imageOnly'] as const) checkSize(capture, name, sample[name]);
  }
  const remarks = splitRemarks(capture.rows, await capture.positions()).map((remark) => `${capture.path}: ${remark}`);
  const { length } = await capture.split('train');
  if (contexts <= length) return remarks;
  return [
    ...remarks,
    `trajectories.contexts: ${contexts} are more than the ${length} rows to train on in ${capture.path}: rows come again`,
  ];
}

function checkSize({ path }: Capture, name: string, states: Contexts['conditional'] | undefined): void {
  const largest = states?.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0) ?? 0;
  if (largest < LARGEST) return;
  throw new DataError(
    `${path}: tensor ${name}: expected hidden states below ${LARGEST}, got ${largest.toPrecision(3)}: are they scaled as the head reads them?`,
  );
}
