import type * as tf from '@tensorflow/tfjs';
import { named } from '../../engine/graph/named.ts';
import type { Engine } from '../../engine/graph/program.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { guide } from '../../heads/flow.ts';
import type { HeadConfig } from '../../heads/network/config.ts';
import { linear } from '../../heads/network/layers.ts';
import { projectedBy, projectedParts, separated } from '../../heads/network/modulation.ts';
import { applyHead, embedContext } from '../../heads/network/skeleton.ts';
import type { TokenHead } from '../backbone/draw.ts';
import { imageDataSet } from '../data/table.ts';
import { type SolveOptions, type TeacherSolver, teacherSolver } from '../solve/teacher-solver.ts';
import type { ImageModel, Teacher, VelocityParts } from '../teacher.ts';
import { imageBackbone } from './backbone.ts';
import { imageContexts } from './contexts.ts';
import { wholeImages } from './images.ts';
import { under } from './model.ts';
import { readImageWeights } from './weights.ts';

/** A teacher whose head serves an autoregressive model of images. */
export interface ImageTeacher extends Teacher {
  readonly images: ImageModel;
}

/** How free-running prefixes are drawn. */
const prefixSolver: SolveOptions = { solver: 'heun', steps: 8, keep: 1 };

/** Loads the teacher in a folder. Throws FileError or DataError where its weights are missing or damaged. */
export async function imageTeacher(folder: string, engine: Engine): Promise<ImageTeacher> {
  const weights = await readImageWeights(folder);
  const { head } = weights.config;
  const data = imageDataSet(weights.config.data);
  const backbone = imageBackbone(weights, engine);
  const parts = velocityParts(head);
  let solver: Promise<TeacherSolver> | undefined;
  const teacher: ImageTeacher = {
    name: data.things,
    hash: weights.hash,
    token: head.token,
    condition: head.condition,
    parameters: under('head', weights.parameters),
    head,
    images: wholeImages(backbone, data),
    velocity: (parameters, context) => (x, t) => parts.of(parameters, context, x, parts.at(parameters, context, t)),
    parts,
    contexts: (request) =>
      imageContexts(backbone, { token: head.token, data }, request, async (w) => {
        solver ??= teacherSolver(teacher, 1, prefixSolver, engine);
        return solvedHead(await solver, w);
      }),
    dispose: async () => {
      await backbone.dispose();
      await (await solver)?.dispose();
    },
  };
  return teacher;
}

/** Both branches through the head, combined by classifier-free guidance; what they hear at a time is computed apart. */
function velocityParts(head: HeadConfig): VelocityParts {
  const branches = ['conditional', 'unconditional'] as const;
  const widths = projectedParts(head).map((parts) => parts * head.width);
  return {
    widths: Object.fromEntries(branches.flatMap((branch) => widths.map((width, i) => [`${branch}.${i}`, width]))),
    at: (parameters, context, t) =>
      Object.fromEntries(
        branches.flatMap((branch) => {
          const y = embedContext(parameters, head, t, context[branch]);
          const projected = projectedBy(linear, 'res_blocks', parameters, head, y);
          return projected.map((tensor, i) => [`${branch}.${i}`, tensor]);
        }),
      ),
    of: (parameters, { w }, x, at) => {
      const [told, untold] = branches.map((branch) => {
        const projected = widths.map((_, i) => named(at, `${branch}.${i}`));
        return applyHead(parameters, x, separated(projected, head.width));
      }) as [tf.Tensor, tf.Tensor];
      return guide(told, untold, w);
    },
  };
}

/** The head of an image sampler that solves the teacher's flow, row i under guidance w[i]; one draw a context. */
export function solvedHead(solver: TeacherSolver, w: Float32Array): TokenHead {
  return async ({ conditional, unconditional, noise }) => {
    const [rows = 0, token = 0] = noise.shape;
    const paths = await solver.paths({
      conditional,
      unconditional,
      w: { shape: [rows], data: w },
      noise: { shape: [rows, 1, token], data: noise.data },
    });
    return { shape: [rows, token], data: lastStates(paths, token) };
  };
}

/** The ends of paths [N, keep + 1, 1, D]: [N, D]. */
function lastStates({ shape: [rows = 0, states = 1], data }: HostTensor<Float32Array>, token: number): Float32Array {
  const out = new Float32Array(rows * token);
  for (let row = 0; row < rows; row++) {
    const end = (row + 1) * states * token;
    out.set(data.subarray(end - token, end), row * token);
  }
  return out;
}
