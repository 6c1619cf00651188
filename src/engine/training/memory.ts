import { EngineError } from '../../ground/errors.ts';
import { optimizerBytes } from './optimizer-bytes.ts';

/** Sums over every fourth number, in float64. */
export type Lanes = readonly [number, number, number, number];

/** The functions of optimizer.wat; regions are byte offsets. */
interface Pass {
  readonly sumsOfSquares: (at: number, count: number, ...before: Lanes) => Lanes;
  readonly update: (...regionsCountAndScalars: number[]) => void;
  readonly momentum: (...regionsCountAndScalars: number[]) => void;
  readonly move: (...regionsCountAndScalars: number[]) => void;
}

/** One WebAssembly memory with five regions side by side, and the passes over it. */
export interface Memory {
  readonly regions: readonly [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];
  /** The byte at which an element of a region lies. */
  readonly at: (region: number, offset: number) => number;
  readonly pass: Pass;
}

const PAGE = 65_536;

/** A memory for regions of `size` floats, a multiple of 4, zeroed. Throws EngineError where the system has none to give. */
export function openMemory(size: number): Memory {
  const bytes = size * Float32Array.BYTES_PER_ELEMENT;
  const pages = Math.max(1, Math.ceil((5 * bytes) / PAGE));
  const memory = reserve(pages);
  const region = (index: number): Float32Array => new Float32Array(memory.buffer, index * bytes, size);
  const module = new WebAssembly.Module(Buffer.from(optimizerBytes, 'base64'));
  return {
    regions: [region(0), region(1), region(2), region(3), region(4)],
    at: (index, offset) => index * bytes + offset * Float32Array.BYTES_PER_ELEMENT,
    pass: new WebAssembly.Instance(module, { arena: { memory } }).exports as unknown as Pass,
  };
}

function reserve(pages: number): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages });
  } catch (cause) {
    const megabytes = Math.ceil((pages * PAGE) / 1e6);
    throw new EngineError(`training: expected ${megabytes} MB more of memory for the optimizer's state, got none`, {
      cause,
    });
  }
}
