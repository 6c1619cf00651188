import type { Engine } from '../../engine/graph/program.ts';
import { stream } from '../../ground/random/philox.ts';
import { zeros } from '../../heads/network/initial.ts';
import { scaleAt, type TokenGuidance } from '../../heads/original/guidance-schedule.ts';
import { loadTeacher, type TeacherSource } from '../../teachers/load.ts';
import type { ImageModel, Teacher } from '../../teachers/teacher.ts';
import { amdahl } from './amdahl.ts';
import type { HeadSampler } from './head-sampler.ts';
import { measureLatency } from './latency.ts';
import type { Latency, Speed } from './result.ts';
import { balancedLabels, rowSampler, type SampleJob, tokenHead } from './sample-job.ts';

/** The speed of all rows, measured one after another by one worker while nothing else runs. */
export interface SpeedJob extends TokenGuidance {
  readonly teacher: TeacherSource;
  readonly engine: Engine;
  readonly rows: readonly Pick<SampleJob, 'row' | 'student' | 'fitted'>[];
  readonly batches: readonly number[];
}

/** Images of an end-to-end measurement, generated side by side, and how often: the time in the middle counts. */
const IMAGES = 64;
const TIMES = 5;
/** Time for the calls at one batch size, in milliseconds; fewer calls where one takes long. */
const BUDGET = 200;

/** Measures the rows in order; `report` is called after each. */
export async function measureSpeeds(job: SpeedJob, report: (done: number) => void): Promise<Speed[]> {
  const teacher = await loadTeacher(job.teacher, job.engine);
  try {
    const speeds: Speed[] = [];
    for (const measured of job.rows) {
      const sampler = await rowSampler({ ...measured, engine: job.engine, noise: ['speed'] }, teacher, 1);
      try {
        const batches = measured.row.annealed === undefined ? job.batches : []; // a call of several tokens has one place
        speeds.push(await measureSpeed(sampler, teacher, { ...job, batches }));
      } finally {
        await sampler.dispose();
      }
      report(speeds.length);
    }
    return speeds;
  } finally {
    await teacher.dispose();
  }
}

/** The latencies of a head, and of teachers that make images how many a second the whole model makes with it. */
export async function measureSpeed(
  sampler: HeadSampler,
  teacher: Teacher,
  { batches, ...scale }: Pick<SpeedJob, 'guidance' | 'schedule' | 'batches'>,
): Promise<Speed> {
  const latency: Latency[] = [];
  for (const batch of batches) latency.push(await headLatency(sampler, teacher, scale.guidance, batch));
  if (teacher.images === undefined) return { latency };
  return { latency, ...(await imageSpeed(sampler, teacher, teacher.images, scale)) };
}

async function headLatency(
  sampler: HeadSampler,
  { token, condition }: Teacher,
  guidance: number,
  batch: number,
): Promise<Latency> {
  const random = stream('speed', batch);
  const state = () => ({ shape: [batch, condition], data: random.normal(batch * condition) });
  const scale = () => ({ shape: [batch], data: new Float32Array(batch).fill(guidance) });
  const input = {
    noise: { shape: [batch, 1, token], data: random.normal(batch * token) },
    ...{ conditional: state(), unconditional: state(), w: scale() },
    ...{ imageOnly: state(), wImage: scale() }, // heads take what they hear
  };
  const call = () => sampler.run(input);
  const warm = performance.now();
  for (let i = 0; i < 3; i++) await call();
  const once = (performance.now() - warm) / 3;
  const calls = Math.round(Math.min(200, Math.max(20, BUDGET / once)));
  return measureLatency(call, { batch, calls, warmup: 2 });
}

async function imageSpeed(
  sampler: HeadSampler,
  teacher: Teacher,
  model: ImageModel,
  scale: TokenGuidance,
): Promise<Omit<Speed, 'latency'>> {
  const noise = zeros([IMAGES, model.tokens, teacher.token]);
  stream('speed', 'images').normal(noise.data);
  const labels = balancedLabels(IMAGES, model.prompts.length);
  const head = tokenHead(sampler, model.tokens, (position) => scaleAt(scale, position, model.tokens));
  await model.generate(
    {
      labels: labels.subarray(0, 8),
      noise: {
        shape: [8, model.tokens, teacher.token],
        data: noise.data.subarray(0, 8 * model.tokens * teacher.token),
      },
    },
    head,
  );
  const timed: { readonly headSeconds: number; readonly seconds: number }[] = [];
  for (let time = 0; time < TIMES; time++) timed.push(await model.generate({ labels, noise }, head));
  const [median] = timed.sort((a, b) => a.seconds - b.seconds).slice((TIMES - 1) / 2);
  if (median === undefined) throw new TypeError('an image speed that was not timed');
  return { imagesPerSecond: IMAGES / median.seconds, ...amdahl(median.headSeconds, median.seconds) };
}
