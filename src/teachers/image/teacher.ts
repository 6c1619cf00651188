import type { Engine, NamedTensors } from '../../engine/graph/program.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { type Context, guide, type Velocity } from '../../heads/flow.ts';
import type { HeadConfig } from '../../heads/network/config.ts';
import { applyHead, modulate } from '../../heads/network/skeleton.ts';
import type { TokenHead } from '../backbone/draw.ts';
import { imageDataSet } from '../data/table.ts';
import { type SolveOptions, type TeacherSolver, teacherSolver } from '../solve/teacher-solver.ts';
import type { ImageModel, Teacher } from '../teacher.ts';
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
  let solver: Promise<TeacherSolver> | undefined;
  const teacher: ImageTeacher = {
    name: data.things,
    hash: weights.hash,
    token: head.token,
    condition: head.condition,
    parameters: under('head', weights.parameters),
    head,
    images: wholeImages(backbone, data),
    velocity: (parameters, context) => guidedVelocity(parameters, head, context),
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

/** Both branches through the head, combined by classifier-free guidance. */
function guidedVelocity(parameters: NamedTensors, head: HeadConfig, context: Context): Velocity {
  const { conditional, unconditional, w } = context;
  return (x, t) =>
    guide(
      applyHead(parameters, x, modulate(parameters, head, t, conditional)),
      applyHead(parameters, x, modulate(parameters, head, t, unconditional)),
      w,
    );
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
