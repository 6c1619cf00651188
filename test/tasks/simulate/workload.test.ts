import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { studentFacts } from '../../../src/distillation/train/student-facts.ts';
import { shardJobs } from '../../../src/distillation/trajectory/generate.ts';
import { heldOutSizes } from '../../../src/distillation/trajectory/held-out.ts';
import { makeShard, shardOrigin } from '../../../src/distillation/trajectory/job.ts';
import { writeShard } from '../../../src/distillation/trajectory/shard.ts';
import { FileError } from '../../../src/ground/errors.ts';
import { completeStage } from '../../../src/ground/file/manifest.ts';
import type { TaskKindName } from '../../../src/ground/pool/executor.ts';
import { sumOf } from '../../../src/ground/sum.ts';
import { planOf, writePlan } from '../../../src/tasks/plan.ts';
import { type MeasuredRun, measuredRun } from '../../../src/tasks/simulate/measured-run.ts';
import { heldOutWork, shardWork, unitWorks } from '../../../src/tasks/simulate/unit-work.ts';
import { workloadOf } from '../../../src/tasks/simulate/workload.ts';
import { loadTeacher, teacherSource } from '../../../src/teachers/load.ts';
import { teacherSolver } from '../../../src/teachers/solve/teacher-solver.ts';
import type { Teacher } from '../../../src/teachers/teacher.ts';
import { smallRecipe } from '../../small-recipe.ts';

const recipe = smallRecipe('seeds=[1, 2]', 'evaluation.solvers=[euler]', 'evaluation.steps=[1, 2]');
let [folder, run] = ['', ''];
let teacher: Teacher;
let measured: MeasuredRun;

/** Writes the record of a unit that began after some seconds and took some. */
async function done(kind: TaskKindName, id: string, begun: number, seconds: number, rest = {}): Promise<void> {
  await mkdir(join(run, 'tasks', kind), { recursive: true });
  const since = new Date(1000 * (1e9 + begun)).toISOString();
  const record = { state: 'done', worker: 'a:1', machine: {}, since, heard: since, seconds, attempts: 1, ...rest };
  await writeFile(join(run, 'tasks', kind, `${id}.json`), JSON.stringify(record));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-workload-'));
  run = join(folder, 'run');
  await mkdir(run);
  teacher = await loadTeacher(teacherSource(recipe), recipe.engine);
  const plan = planOf(recipe, run, {}, { mixed: false });
  await writePlan(run, plan);
  const each = shardWork(recipe, teacher, 8);
  await done('trajectories', 'held-out', 0, (3 * heldOutWork(recipe, teacher)) / each);
  for (let index = 0; index < 5; index++) await done('trajectories', `shard-0000${index}`, 100 + 3 * index, 3);
  for (const seed of [1, 2]) {
    const trained = join(run, `training/one-seed${seed}`);
    await mkdir(trained, { recursive: true });
    await writeFile(join(trained, 'student.safetensors'), 'x'.repeat(70));
    const facts = studentFacts.parse({ steps: 60, samples: 960, forwards: 1, seconds: 10 });
    await completeStage(trained, ['student.safetensors'], facts);
    await done('students', `one-seed${seed}`, 120 + 12 * seed, seed === 1 ? 12 : 5, seed === 2 ? { attempts: 2 } : {});
  }
  measured = await measuredRun(run, recipe, teacher);
}, 60_000);
afterAll(async () => {
  await teacher.dispose();
  await rm(folder, { recursive: true });
});

describe('a measured run', () => {
  test('tells times by kind, sizes, and what the coordinator did between', () => {
    const shards = measured.kinds.get('trajectories');
    expect(shards?.measured).toBe(6);
    expect((shards?.base ?? 0) + (shards?.each ?? 0) * shardWork(recipe, teacher, 8)).toBeCloseTo(3, 6);
    expect(measured.kinds.get('students')?.bytes.get('one-seed1')).toBe(70);
    expect(measured.gaps.get('students')).toBeCloseTo(132 - 115, 6);
    expect(measured.kinds.has('solvers')).toBe(false);
  });

  test('takes a long pause for an interruption', async () => {
    await done('solvers', 'a-fit', 100_000, 1);
    expect((await measuredRun(run, recipe, teacher)).gaps.get('solvers')).toBe(0);
    await rm(join(run, 'tasks/solvers'), { recursive: true });
  });

  test('takes the training of a student from what it wrote, and of one attempt what came before', () => {
    const students = measured.kinds.get('students');
    expect(students).toMatchObject({ start: 0, base: 2 });
    expect(students?.units.get('one-seed1')?.seconds).toBe(2 + 10);
    expect(students?.units.get('one-seed2')?.seconds).toBe(2 + 10);
  });

  test('must have measured something, trajectories above all', async () => {
    const empty = join(folder, 'empty');
    await mkdir(empty);
    await writePlan(empty, planOf(recipe, empty, {}, { mixed: false }));
    await expect(measuredRun(empty, recipe, teacher)).rejects.toThrow(FileError);
    const kinds = new Map([...measured.kinds].filter(([kind]) => kind !== 'trajectories'));
    expect(() => workloadOf(recipe, { teacher, measured: { ...measured, kinds }, workers: 2 })).toThrow(FileError);
  });
});

describe('a workload', () => {
  const workload = (contexts: number, set = recipe) => workloadOf(set, { teacher, measured, contexts, workers: 2 });
  const stage = (kind: TaskKindName, of: ReturnType<typeof workload>) => of.stages.find((one) => one.kind === kind);

  test('has the shards of so many contexts, the last one smaller, many of them in rows', () => {
    const few = stage('trajectories', workload(20))?.units ?? [];
    expect(few.map(({ count }) => count)).toEqual([1, 1, 1, 1]); // held out, 8, 8, 4 contexts
    expect(few[1]?.seconds).toBeCloseTo(3, 6);
    expect((few[3]?.seconds ?? 0) / (few[1]?.seconds ?? 1)).toBeCloseTo(0.5, 6);
    const many = workload(8e6);
    expect(many.shards).toBe(1e6 + 1);
    expect(many.stages[0]?.units.length).toBeLessThan(200);
    const { length } = stage('students', many)?.units ?? [];
    expect(length).toBe(2);
  });

  test('stores what shards hold, to the byte', async () => {
    const [job] = shardJobs(recipe, folder);
    if (job === undefined) throw new Error('no shard');
    const solver = await teacherSolver(teacher, job.draws, job, job.engine);
    await writeShard(job.path, await makeShard(job, teacher, solver, job.engine), shardOrigin(job, teacher));
    const { size } = await stat(job.path);
    const header = 8 + Number((await readFile(job.path)).readBigUInt64LE(0));
    expect(stage('trajectories', workload(40))?.units[1]?.writes).toBe(size - header);
  });

  test('scales units by what they compute, and leaves alone what does not change', () => {
    const twice = workload(40, smallRecipe('seeds=[1, 2]', 'students[0].training.steps=120'));
    const works = [recipe, smallRecipe('seeds=[1, 2]', 'students[0].training.steps=120')].map(
      (one) => unitWorks(one, teacher).students.get('one-seed1') ?? 0,
    );
    const [unit] = stage('students', twice)?.units ?? [];
    expect(unit?.seconds).toBeCloseTo(2 + (10 * (works[1] ?? 0)) / (works[0] ?? 1), 6);
    expect(stage('students', workload(8e6))?.units[0]?.seconds).toBeCloseTo(12, 6);
  });

  test('lets students read the whole cache, after the coordinator has sealed it', () => {
    const found = workload(4000);
    const cache = sumOf(found.stages[0]?.units ?? [], ({ writes, count }) => writes * count);
    const students = stage('students', found);
    expect(students?.units[0]).toMatchObject({ reads: cache, writes: 70 });
    expect(students?.before.reads).toBe(cache);
    expect(students?.before.seconds).toBeCloseTo(17, 6);
    expect(students?.units[0]?.keepsEvery).toBeCloseTo(((students?.units[0]?.seconds ?? 0) * 20) / 60, 6);
    expect(heldOutSizes({ ...recipe.trajectories, contexts: 4000 }).contexts).toBeGreaterThan(8);
  });

  test('says what no measurement tells: metrics are left out, others go by their forwards', () => {
    const found = workload(40);
    expect(found.notes.join('\n')).toMatch(/solvers: by their head forwards[\s\S]*samples: by[\s\S]*metrics: left out/);
    expect(stage('metrics', found)).toBeUndefined();
    const each = measured.kinds.get('trajectories')?.each ?? 0;
    const [dearest] = [...unitWorks(recipe, teacher).samples.values()].sort((a, b) => b - a);
    expect(stage('samples', found)?.units[0]?.seconds).toBeCloseTo(each * (dearest ?? 0), 9);
  });

  test('makes a student wait for the one that it starts from', () => {
    const chain = smallRecipe(
      'students[1]={ name: two, method: trajectory, init: one, head: { width: 16, depth: 1 }, training: { steps: 60, batch: 16 } }',
    );
    const units = stage('students', workload(40, chain))?.units ?? [];
    expect(units.map(({ needs }) => needs)).toEqual([undefined, 0]);
  });
});
