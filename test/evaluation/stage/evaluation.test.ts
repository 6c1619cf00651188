import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeStudent } from '../../../src/distillation/student/file.ts';
import { studentFromScratch } from '../../../src/distillation/student/network.ts';
import { studentConfig } from '../../../src/distillation/train/student-job.ts';
import type { TrainedStudent } from '../../../src/distillation/train/students.ts';
import { writeShard } from '../../../src/distillation/trajectory/shard.ts';
import { evaluate } from '../../../src/evaluation/stage/evaluate.ts';
import { evaluationText, readEvaluation } from '../../../src/evaluation/stage/evaluation-file.ts';
import type { Evaluation } from '../../../src/evaluation/stage/result.ts';
import { zeros } from '../../../src/heads/network/initial.ts';
import { loadTeacher, teacherSource } from '../../../src/teachers/load.ts';
import { recordedProgress } from '../../recorded-progress.ts';
import { smallRun } from '../../small-recipe.ts';

const resolved = smallRun(
  'seeds=[1, 2]',
  'evaluation.solvers=[euler]',
  'evaluation.searchTimes=false',
  'evaluation.steps=[1, 2]',
  'evaluation.samples=64',
);
const { recipe } = resolved;
const cacheFacts = {
  ...{ teacher: 't', solver: 'heun', steps: 8, draws: 2, contexts: 40, token: 3, condition: 4 },
  ...{ forwards: 1000, seconds: 2, heldOut: { contexts: 2, draws: 1 } },
};
const progress = recordedProgress();

const none = { shape: [2], data: new Int32Array(2) };
/** Held-out paths that go all their way in the first half of the time. */
const detours = {
  ...{
    conditional: zeros([2, 4]),
    unconditional: zeros([2, 4]),
    w: zeros([2]),
    states: { shape: [2, 3, 1, 1], data: Float32Array.of(0, 1, 1, 0, 2, 2) },
  },
  ...{ times: { shape: [3], data: Float32Array.of(0, 0.5, 1) }, position: none, provenance: none },
};

let folder: string;
let found: Evaluation;
let numbers: number;
let elapsed: number;

/** A student that was never trained, whose training took 5 s with the first seed and 7 s with the second. */
async function untrained(seed: number, parts: Parameters<typeof studentConfig>): Promise<TrainedStudent> {
  const [{ name, method }] = parts;
  const config = studentConfig(...parts);
  const path = join(folder, `student-${seed}.safetensors`);
  const metadata = { method, name, seed: String(seed) };
  await writeStudent(path, { parameters: studentFromScratch(config, seed), config, sampler: 'flow-map', metadata });
  const facts = { steps: 60, samples: 960, forwards: 100 * seed, seconds: 3 + 2 * seed, log: 'l' };
  return { name, method, seed, folder, path, hash: `h${seed}`, facts };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-evaluation-'));
  const teacher = await loadTeacher(teacherSource(recipe), recipe.engine);
  const students: TrainedStudent[] = [];
  for (const student of recipe.students)
    for (const seed of recipe.seeds) students.push(await untrained(seed, [student, teacher]));
  await writeShard(join(folder, 'held-out.safetensors'), detours, {});
  const measured = async () =>
    (await readdir(join(folder, 'evaluation'))).filter((name) => name.endsWith('.json')).length;
  const makers = async () => ({
    mixed: false,
    machines: [{ host: 'one', cpu: 'Xeon', units: { metrics: await measured() }, seconds: 2.5 }],
  });
  const words = {
    run: folder,
    cache: folder,
    versions: { node: 'v20' },
    command: 'fewstep distill small.yaml',
    makers,
  };
  const started = performance.now();
  found = await evaluate(resolved, { teacher, facts: cacheFacts, students, solvers: [], progress, ...words });
  elapsed = (performance.now() - started) / 1000;
  numbers = Object.values(teacher.parameters).flatMap(({ data }) => [...data]).length;
  await teacher.dispose();
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

describe('what an evaluation writes', () => {
  it('is what it gives, to the last digit', async () => {
    expect(await readEvaluation(folder)).toEqual(found);
    expect(found).toMatchObject({ recipe: 'small', recipeHash: resolved.hash, unit: 'tokens', samples: 64 });
  });

  it('is not written with a share above one, or with an interval that ends before it begins', () => {
    const features = { name: 'digits', hash: 'ab', accuracy: 1.01 };
    expect(() => evaluationText(folder, { ...found, features })).toThrow('features.accuracy');
    expect(evaluationText(folder, { ...found, features: { ...features, accuracy: 1 } })).toContain('"digits"');
    const floors = { teacherTeacher: { fd: { value: 1, low: 2, high: 1.5 } } };
    expect(() => evaluationText(folder, { ...found, floors })).toThrow('floors.teacherTeacher.fd');
  });

  it('has times of steps where they were searched, from 0 to 1', () => {
    const at = (times: number[]) => ({ ...found, rows: found.rows.map((row) => ({ ...row, times })) });
    expect(evaluationText(folder, at([0, 0.25, 1]))).toContain('0.25');
    expect(() => evaluationText(folder, at([0, 1.5, 1]))).toThrow('rows.0.times.1');
    expect(() => evaluationText(folder, at(Array(66).fill(0)))).toThrow('rows.0.times');
  });

  it('has the seconds of each stage, those of all students in one sum', () => {
    const { trajectories, training, samples, metrics, speed } = found.stageSeconds;
    expect([trajectories, training]).toEqual([2, 5 + 7]);
    for (const seconds of [samples, metrics, speed]) expect(seconds).toBeGreaterThan(0);
    expect((samples ?? 0) + (metrics ?? 0) + (speed ?? 0)).toBeLessThan(elapsed); // each of its own time
  });

  it('names who did its units, asked when all are done', () => {
    expect(found.workers?.machines[0]?.units.metrics).toBe(found.rows.length + 1); // the teacher's second set, too
  });

  it('has how curved the teacher’s held-out paths are', () => {
    expect(found.paths).toEqual({ energy: { value: 2, low: 2, high: 2 }, byInterval: [4, 0] });
  });

  it('counts the teacher’s numbers and has no grids for tokens', () => {
    expect(found.teacher.parameters).toBe(numbers);
    for (const row of found.rows) expect(row).not.toHaveProperty('grid');
  });

  it('has every row’s own speed, that of a student whatever its seed', () => {
    expect(found.rows.map(({ kind, steps, seed }) => `${kind} ${steps} ${seed}`)).toEqual([
      ...['teacher 8 1', 'student 1 1', 'student 2 1', 'student 1 2', 'student 2 2', 'solver 1 1', 'solver 2 1'],
    ]);
    const [teacher, one, two, otherOne, otherTwo] = found.rows.map(({ speed }) => speed);
    expect(found.rows.map(({ speed }) => speed?.latency.map(({ batch }) => batch))).toEqual(Array(7).fill([1]));
    expect([otherOne, otherTwo]).toEqual([one, two]);
    expect(new Set([teacher, one, two].map((speed) => JSON.stringify(speed))).size).toBe(3);
  });

  it('tells its progress up to the whole of each stage', () => {
    const rising = (values: readonly number[]): boolean => values.every((value, i) => value >= (values[i - 1] ?? 0));
    expect(progress.stages.map(({ name }) => name)).toEqual(['samples', 'metrics', 'speed']);
    expect(progress.over).toEqual(['samples', 'metrics', 'speed']);
    for (const { total, advances } of progress.stages) {
      expect(advances.at(-1)).toBe(total);
      expect(rising(advances)).toBe(true);
    }
    // forwards a token, and four for the rest: Heun guided in 8 steps, twice; Euler in 1 and 2; students in 1 and 2
    expect(progress.stages[0]?.total).toBe(2 * (32 + 4) + (2 + 4) + (4 + 4) + 2 * (1 + 4 + 2 + 4));
    expect(progress.stages[0]?.advances[0]).toBe(0);
    expect(progress.stages[1]?.advances).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
