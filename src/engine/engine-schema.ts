import { z } from 'zod';
import { whole } from '../ground/field.ts';
import type { Filled, Frozen } from '../ground/frozen.ts';

/** Execution providers by engine kind. */
export const providers = {
  onnx: ['cpu', 'webgpu', 'cuda', 'coreml', 'dml'],
  tfjs: ['cpu', 'tensorflow'],
} as const;

/**
 * Whether a process must not run programs of a provider in several threads: onnxruntime 1.30 has one WebGPU context for all of
 * them, which is not safe among threads (`maxNumPendingDispatches` is exceeded, or the process ends).
 */
export const oneThreadOnly = (provider: string): boolean => provider === 'webgpu';

/** How programs run; `workers` is filled with the number of cores when the recipe is resolved. */
export const engineSchema = z
  .strictObject({
    kind: z
      .enum(['onnx', 'tfjs'])
      .default('onnx')
      .describe('onnx traces and compiles for onnxruntime; tfjs evaluates eagerly on an installed backend.'),
    provider: z
      .enum([...new Set([...providers.onnx, ...providers.tfjs])])
      .default('cpu')
      .describe('Of onnx: cpu, webgpu, cuda, coreml or dml; of tfjs: cpu or tensorflow.'),
    threads: whole(1, 256, 'Threads of one program; part of what makes a run repeatable byte for byte.').default(1),
    precision: z
      .enum(['float32', 'int8', 'auto'])
      .optional()
      .describe(
        'Of the products by which the teacher solves trajectories, on the cpu of kind onnx: float32 unless given; int8 is refused where ends are farther than the teacher from itself; auto takes it where it is not and is faster.',
      ),
    workers: whole(
      1,
      256,
      'Worker threads at most; the number of cores unless given, one with webgpu. Never changes results.',
    ).optional(),
  })
  .prefault({})
  .describe('Where programs run.')
  .meta({ id: 'engine' });

/** Where programs run, with the number of workers settled. */
export type EngineRecipe = Frozen<Filled<z.output<typeof engineSchema>, 'workers'>>;
