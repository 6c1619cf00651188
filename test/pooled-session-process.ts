import { createPool } from '../src/ground/pool/pool.ts';

/** A process whose worker, and not its main thread, loads onnxruntime. */
const pool = createPool<number, number>(new URL('./session-worker.ts', import.meta.url), { workers: 1 });
process.stdout.write(`${await pool.run(1)}`);
await pool.close();
