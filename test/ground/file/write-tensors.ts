/** Writes 4 MB of tensors: `tsx write-tensors.ts path`; prints what a command line would of an error, and its code. */
import { FlowError } from '../../../src/ground/errors.ts';
import { writeSafetensors } from '../../../src/ground/file/safetensors.ts';

try {
  await writeSafetensors(process.argv[2] ?? '', {
    weights: { shape: [1000, 1000], data: new Float32Array(1_000_000) },
  });
  console.log('written');
} catch (error) {
  if (!(error instanceof FlowError)) throw error;
  console.log(`${error.code}: ${error.message}`);
}
