import { EngineError } from '../../ground/errors.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { nativeCall } from '../../ground/interruption.ts';
import { dtypeOf } from '../graph/feeds.ts';
import { messageOf } from './create-session.ts';
import * as ort from './runtime.ts';

/** Outputs: the name here, and the name in the file. */
export type Names = readonly (readonly [string, string])[];

/** Runs with the names of the file; outputs that have memory are written there. */
export function runSession(
  session: ort.InferenceSession,
  feeds: Readonly<Record<string, HostTensor>>,
  names: Names,
  into: Readonly<Record<string, HostTensor>>,
): Promise<ort.InferenceSession.OnnxValueMapType> {
  const tensors = Object.entries(feeds).map(([name, feed]) => [name, toOrt(feed)]);
  const fetches = names.map(([name, inFile]) => [inFile, into[name] === undefined ? null : toOrt(into[name])]);
  return runTensors(session, Object.fromEntries(tensors), Object.fromEntries(fetches));
}

/** Runs on onnxruntime's own tensors. Throws EngineError. */
export async function runTensors(
  session: ort.InferenceSession,
  feeds: ort.InferenceSession.FeedsType,
  fetches: ort.InferenceSession.FetchesType,
): Promise<ort.InferenceSession.OnnxValueMapType> {
  try {
    return await nativeCall(() => session.run(feeds, fetches));
  } catch (cause) {
    throw new EngineError(`the program does not run: ${messageOf(cause)}`, { cause });
  }
}

/** A tensor of ordinary memory as onnxruntime's, over the same memory. */
export const toOrt = ({ data, shape }: HostTensor): ort.Tensor =>
  new ort.Tensor(dtypeOf(data), data as Float32Array, [...shape]);

/** A result as a host tensor: the memory that it was written into, where there is some. */
export function toHost(name: string, result: ort.OnnxValue | undefined, into: HostTensor | undefined): HostTensor {
  if (result === undefined || !('dims' in result)) throw new EngineError(`output '${name}': expected a tensor`);
  return into ?? { shape: result.dims, data: result.data as HostTensor['data'] };
}
