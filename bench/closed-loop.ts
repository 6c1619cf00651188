import { studentFromTeacher } from '../src/distillation/student/network.ts';
import type { Engine } from '../src/engine/graph/program.ts';
import { type HeadSampler, studentSampler, teacherSampler } from '../src/evaluation/stage/head-sampler.ts';
import { quantile } from '../src/evaluation/statistics/interval.ts';
import { stream } from '../src/ground/random/philox.ts';
import type { HeadConfig } from '../src/heads/network/config.ts';
import { imageBackbone } from '../src/teachers/image/backbone.ts';
import { type ImageTeacher, imageTeacher } from '../src/teachers/image/teacher.ts';
import { readImageWeights } from '../src/teachers/image/weights.ts';
import { seconds } from './timing.ts';

/** Images of one measurement; a guidance scale, which does not decide the time. */
const [IMAGES, GUIDANCE] = [200, 1.5];

/** Heads by name, each opened when it is measured. */
const headsOf = (teacher: ImageTeacher, head: HeadConfig, engine: Engine) => {
  const student = {
    parameters: studentFromTeacher(teacher.parameters, head, 1),
    config: head,
    sampler: 'flow-map',
  } as const;
  const heads: readonly (readonly [string, () => Promise<HeadSampler>])[] = [
    ['teacher, 16 steps of Heun', () => teacherSampler(teacher, 1, 'heun', 16, engine)],
    ...[1, 2, 4].map(
      (steps) => [`student, ${steps} steps`, () => studentSampler(student, 1, steps, engine, ['bench'])] as const,
    ),
  ];
  return heads;
};

/** Images a second of the digits teacher's whole loop, backbone and head, by the head: its own under Heun, and students. */
export async function closedLoop(engine: Engine): Promise<readonly { readonly head: string; readonly rate: number }[]> {
  const teacher = await imageTeacher('teachers/digits', engine);
  const { head, token, images } = teacher;
  if (head === undefined) throw new TypeError('expected a teacher with a head');
  const noise = { shape: [IMAGES, images.tokens, token], data: stream('bench').normal(IMAGES * images.tokens * token) };
  const labels = Int32Array.from({ length: IMAGES }, (_, i) => i % images.prompts.length);
  const found: { head: string; rate: number }[] = [];
  for (const [name, open] of headsOf(teacher, head, engine)) {
    const sampler = await open();
    const elapsed = await seconds(() => images.generate({ labels, noise }, (request) => drawn(sampler, request)), 3);
    found.push({ head: name, rate: IMAGES / elapsed });
    await sampler.dispose();
  }
  await teacher.dispose();
  return found;
}

/** How far tokens [200, L, D] that are drawn in pieces are from those of the backbone's two programs, relative to their norms: quantiles. */
export async function piecesApart(engine: Engine) {
  const folder = 'teachers/digits';
  const [teacher, weights] = [await imageTeacher(folder, engine), await readImageWeights(folder)];
  const backbone = imageBackbone(weights, engine);
  const { head, token } = teacher;
  if (head === undefined) throw new TypeError('expected a teacher with a head');
  const noise = stream('bench').normal(IMAGES * backbone.tokens * token);
  const classes = Array.from({ length: IMAGES }, (_, i) => i % teacher.images.prompts.length);
  const found: { head: string; median: number; most: number; largest: number }[] = [];
  for (const [name, open] of headsOf(teacher, head, engine)) {
    const sampler = await open();
    const request = (asked: Request) => drawn(sampler, asked);
    const { tokens: whole } = await backbone.sample(classes, noise, request);
    const { tokens: pieces } = await backbone.draw(classes, noise, request);
    const apart = Float64Array.from({ length: IMAGES * backbone.tokens }, (_, i) => {
      const row = ({ data }: { readonly data: Float32Array }) => data.subarray(i * token, (i + 1) * token);
      const [left, right] = [row(whole), row(pieces)];
      return Math.hypot(...left.map((value, k) => value - (right[k] ?? 0))) / Math.hypot(...left);
    }).sort();
    found.push({ head: name, median: quantile(apart, 0.5), most: quantile(apart, 0.99), largest: apart.at(-1) ?? 0 });
    await sampler.dispose();
  }
  await backbone.dispose();
  await teacher.dispose();
  return found;
}

type Request = Pick<Parameters<HeadSampler['run']>[0], 'conditional' | 'unconditional' | 'noise'>;

/** One draw a context. */
async function drawn(sampler: HeadSampler, { conditional, unconditional, noise }: Request) {
  const [rows = 0, token = 0] = noise.shape;
  const w = { shape: [rows], data: new Float32Array(rows).fill(GUIDANCE) };
  const start = { shape: [rows, 1, token], data: noise.data };
  const { data } = await sampler.run({ conditional, unconditional, w, noise: start });
  return { shape: [rows, token], data };
}
