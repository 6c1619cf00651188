import { EngineError } from '../../ground/errors.ts';
import { type HostTensor, sizeOf } from '../../ground/host-tensor.ts';
import { endMarker } from './lower-graph.ts';
import { type Names, runSession } from './run-session.ts';
import type * as ort from './runtime.ts';

const classes: Readonly<Record<string, (size: number) => HostTensor['data']>> = {
  float32: (size) => new Float32Array(size),
  int32: (size) => new Int32Array(size),
  bool: (size) => new Uint8Array(size),
};

/** Memory for every output, where some is given and the sizes of the others are known. */
export function roomFor(
  names: Names,
  found: readonly ort.InferenceSession.ValueMetadata[],
  into: Readonly<Record<string, HostTensor>>,
): Record<string, HostTensor> | undefined {
  if (Object.keys(into).length === 0) return undefined;
  const room: Record<string, HostTensor> = {};
  for (const [index, [name]] of names.entries()) {
    const metadata = found[index];
    const memory = into[name] ?? (metadata && newMemory(metadata));
    if (memory === undefined) return undefined;
    room[name] = memory;
  }
  return room;
}

function newMemory(metadata: ort.InferenceSession.ValueMetadata): HostTensor | undefined {
  if (!metadata.isTensor) return undefined;
  const shape = metadata.shape.filter((size) => typeof size === 'number');
  const data = classes[metadata.type]?.(sizeOf(shape));
  return data === undefined || shape.length < metadata.shape.length ? undefined : { shape, data };
}

/** What onnxruntime-node says of a result that is no tensor, after the program has run. */
const endOfRun = 'Non tensor type';

/**
 * Runs with memory for every output and makes no results: onnxruntime-node 1.30 writes into the given memory, then copies
 * all of it into new arrays (a whole set of gradients a step). The first result is the program's end marker, at which it
 * gives up.
 */
export async function runInPlace(
  session: ort.InferenceSession,
  feeds: Readonly<Record<string, HostTensor>>,
  names: Names,
  room: Readonly<Record<string, HostTensor>>,
): Promise<void> {
  try {
    await runSession(session, feeds, [[endMarker, endMarker], ...names], room);
  } catch (error) {
    if (!(error instanceof EngineError && error.message.includes(endOfRun))) throw error;
  }
}
