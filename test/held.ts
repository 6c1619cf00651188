import { readdirSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { vi } from 'vitest';

/** What is open: sessions of onnxruntime, tensors of tfjs, and files (a thread has some of its own). */
export interface Held {
  readonly sessions: number;
  readonly tensors: number;
  readonly files: number;
}

/** How many threads some work starts. */
export async function threadsOf(work: () => unknown): Promise<number> {
  let threads = 0;
  const count = (): void => void threads++;
  process.on('worker', count);
  try {
    await work();
  } finally {
    process.off('worker', count);
  }
  return threads;
}

/** What work must leave open. */
export const nothing: Held = { sessions: 0, tensors: 0, files: 0 };

const openFiles = (): number => readdirSync('/dev/fd').length;

/** What some work leaves open that was not open before it. */
export async function leftOpen(work: () => unknown): Promise<Held> {
  let sessions = 0;
  const { create } = ort.InferenceSession;
  const spy = vi.spyOn(ort.InferenceSession, 'create').mockImplementation(async (...given: unknown[]) => {
    const session: ort.InferenceSession = await Reflect.apply(create, ort.InferenceSession, given);
    const release = session.release.bind(session);
    sessions++;
    session.release = () => {
      sessions--;
      return release();
    };
    return session;
  });
  const [tensors, files] = [tf.memory().numTensors, openFiles()];
  try {
    await work();
  } finally {
    spy.mockRestore();
  }
  return { sessions, tensors: tf.memory().numTensors - tensors, files: openFiles() - files };
}
