import { worker } from '../src/pool/worker.ts';
import { addOne } from './add-one.ts';

/** Runs a program of onnxruntime in a thread. */
export default worker<number, number>(addOne);
