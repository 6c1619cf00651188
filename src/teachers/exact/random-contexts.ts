import { stream } from '../../ground/random/philox.ts';
import type { ContextRequest, Contexts } from '../teacher.ts';

/** Contexts of an exact teacher, which has no backbone: hidden states N(0, I), all at position 0. */
export function randomContexts({ rows, key }: ContextRequest, condition: number): Contexts {
  const conditional = { shape: [rows, condition], data: stream(...key, 'hidden').normal(rows * condition) };
  return {
    conditional,
    unconditional: { shape: [rows, condition], data: new Float32Array(rows * condition) },
    position: { shape: [rows], data: new Int32Array(rows) },
    provenance: { shape: [rows], data: new Int32Array(rows) },
  };
}
