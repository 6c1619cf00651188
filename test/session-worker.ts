import { worker } from '../src/ground/pool/worker.ts';
import { addOne } from './add-one.ts';

/** Runs a program of onnxruntime in a thread. */
export default worker<number, number>(addOne);
