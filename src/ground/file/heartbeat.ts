import { Worker } from 'node:worker_threads';

/** Runs apart from the main thread, which long computations keep busy; writes the same bytes into the same file. */
const beating = `
  const { openSync, writeSync } = require('node:fs');
  const { path, text, milliseconds } = require('node:worker_threads').workerData;
  const file = openSync(path, 'r+');
  setInterval(() => { try { writeSync(file, text, 0); } catch {} }, milliseconds);
`;

/**
 * Writes a file's own text into it again and again, so that its time of change, by the file system's clock, tells
 * others that this process runs. A file that is put in its place is not touched. Gives the function that ends it.
 */
export function startHeartbeat(path: string, text: string, milliseconds: number): () => Promise<void> {
  const worker = new Worker(beating, { eval: true, workerData: { path, text, milliseconds } });
  worker.on('error', () => undefined); // the file is gone: there is nothing to tell
  worker.unref();
  return async () => void (await worker.terminate());
}
