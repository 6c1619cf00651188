import { addOne } from './add-one.ts';

/** A process whose main thread loads onnxruntime. */
process.stdout.write(`${await addOne(1)}`);
