import { studentFromScratch } from '../src/distillation/student/network.ts';
import type { Engine } from '../src/engine/graph/program.ts';
import { type HeadSampler, studentSampler, teacherSampler } from '../src/evaluation/stage/head-sampler.ts';
import { stream } from '../src/ground/random/philox.ts';
import { imageTeacher } from '../src/teachers/image/teacher.ts';
import { seconds } from './timing.ts';

/** Images of one measurement; a guidance scale, which does not decide the time. */
const [IMAGES, GUIDANCE] = [200, 1.5];

/** Images a second of the digits teacher's whole loop, backbone and head, by the head: its own under Heun, and students. */
export async function closedLoop(engine: Engine): Promise<readonly { readonly head: string; readonly rate: number }[]> {
  const teacher = await imageTeacher('teachers/digits', engine);
  const { head, token, images } = teacher;
  if (head === undefined) throw new TypeError('expected a teacher with a head');
  const student = { parameters: studentFromScratch(head, 1), config: head, sampler: 'flow-map' } as const;
  const heads: readonly (readonly [string, () => Promise<HeadSampler>])[] = [
    ['teacher, 16 steps of Heun', () => teacherSampler(teacher, 1, 'heun', 16, engine)],
    ...[1, 2, 4].map(
      (steps) => [`student, ${steps} steps`, () => studentSampler(student, 1, steps, engine, ['bench'])] as const,
    ),
  ];
  const noise = { shape: [IMAGES, images.tokens, token], data: stream('bench').normal(IMAGES * images.tokens * token) };
  const labels = Int32Array.from({ length: IMAGES }, (_, i) => i % images.prompts.length);
  const found: { head: string; rate: number }[] = [];
  for (const [name, open] of heads) {
    const sampler = await open();
    const elapsed = await seconds(() => images.generate({ labels, noise }, (request) => asked(sampler, request)), 3);
    found.push({ head: name, rate: IMAGES / elapsed });
    await sampler.dispose();
  }
  await teacher.dispose();
  return found;
}

type Request = Pick<Parameters<HeadSampler['run']>[0], 'conditional' | 'unconditional' | 'noise'>;

/** One draw a context. */
async function asked(sampler: HeadSampler, { conditional, unconditional, noise }: Request) {
  const [rows = 0, token = 0] = noise.shape;
  const w = { shape: [rows], data: new Float32Array(rows).fill(GUIDANCE) };
  const drawn = { shape: [rows, 1, token], data: noise.data };
  const { data } = await sampler.run({ conditional, unconditional, w, noise: drawn });
  return { shape: [rows, token], data };
}
