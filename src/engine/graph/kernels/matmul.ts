import type * as tf from '@tensorflow/tfjs';
import { apply } from '../operations.ts';
import { type KernelTable, kernel } from './kernel.ts';

/** The matrix product, over the last two axes; leading axes broadcast. */
export const matmulKernels: KernelTable = {
  BatchMatMul: kernel(['a', 'b'], ([a, b], { transposeA, transposeB }: tf.BatchMatMulAttrs) =>
    apply('MatMul', [a, b], { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 }),
  ),
};
