import { elementwiseKernels } from './elementwise.ts';
import type { KernelTable } from './kernel.ts';
import { matmulKernels } from './matmul.ts';
import { reduceKernels } from './reduce.ts';
import { shapeKernels } from './shape.ts';

/** Every kernel of tfjs that can be traced. */
export const kernels: KernelTable = { ...elementwiseKernels, ...matmulKernels, ...reduceKernels, ...shapeKernels };
