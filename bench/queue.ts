/**
 * `npm run bench:queue`: what the queue costs, on loopback, by the coordinator's and the worker's own code. Needs redis-server
 * and about three minutes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { DistillRecipe } from '../src/distillation/recipe/recipe.ts';
import { shardJobs } from '../src/distillation/trajectory/generate.ts';
import { type ShardJob, shardTasks } from '../src/distillation/trajectory/job.ts';
import type { Executor } from '../src/ground/pool/executor.ts';
import { versions } from '../src/ground/versions.ts';
import { loadRecipe } from '../src/plugins/load-recipe.ts';
import { recordingExecutor } from '../src/tasks/local.ts';
import { queueExecutor } from '../src/tasks/queue/executor.ts';
import { taskRecords } from '../src/tasks/record.ts';
import { measuredCommand } from './measured-command.ts';
import { type OwnRedis, ownRedis } from './redis.ts';
import { table } from './table.ts';

const PORT = 6397;
const cli = fileURLToPath(new URL('../dist/command-line/main.js', import.meta.url));

const recipeText = (name: string, shards: number, rows: number, steps: number): string => `kind: distill
name: ${name}
engine: { workers: 2, threads: 1 }
teacher: { kind: gaussian, token: 4, condition: 4, std: 0.5 }
guidance: { min: 1, max: 2 }
trajectories: { contexts: ${shards * rows}, draws: 2, solver: heun, steps: ${steps}, keep: ${Math.min(4, steps)}, shardRows: ${rows} }
students: [{ name: one, method: trajectory, head: { width: 16, depth: 1 }, training: { steps: 10, batch: 16 } }]
evaluation: { steps: [1], teacher: { solver: heun, steps: 8 }, samples: 1024 }
`;

interface Run {
  readonly name: string;
  readonly path: string;
  readonly jobs: readonly ShardJob[];
}

/** Makes the trajectories of a run, so that its folder is one that workers take. */
async function madeRun(folder: string, text: string): Promise<Run> {
  await writeFile(join(folder, 'recipe.yaml'), text);
  await measuredCommand(folder, [cli, 'trajectories', 'recipe.yaml', '--quiet']);
  const { recipe } = await loadRecipe('distill', join(folder, 'recipe.yaml'));
  const [name = ''] = (await readdir(join(folder, 'runs'))).filter((run) => run.startsWith(`${recipe.name}-`));
  const path = join(folder, 'runs', name);
  return { name, path, jobs: jobsIn(recipe, path) };
}

const jobsIn = (recipe: DistillRecipe, path: string): ShardJob[] => shardJobs(recipe, join(path, 'trajectories'));

/** Starts workers of so many slots in a folder, and gives what ends them. */
async function withWorkers<Result>(
  folder: string,
  { address, client }: OwnRedis,
  { workers, slots }: { readonly workers: number; readonly slots: number },
  act: () => Promise<Result>,
): Promise<Result> {
  const started: ChildProcess[] = [];
  for (let worker = 0; worker < workers; worker++)
    started.push(
      spawn(process.execPath, [cli, 'worker', '--queue', address, '--concurrency', String(slots)], {
        cwd: folder,
        stdio: 'ignore',
      }),
    );
  try {
    for (let tries = 0; (await client.keys('fewstep-worker.*')).length < workers; tries++) {
      if (tries > 300) throw new Error('expected workers within 30 s');
      await sleep(100);
    }
    return await act();
  } finally {
    for (const worker of started) worker.kill('SIGTERM');
    await Promise.all(started.map((worker) => worker.exitCode ?? once(worker, 'exit')));
  }
}

const queued = (address: string, { name, path }: Run) =>
  queueExecutor({ address, runs: dirname(path), run: name, provider: 'cpu', versions: versions(), mixed: false });

/** The seconds that an executor takes with all units of a run. */
async function secondsOf(executor: Executor, jobs: readonly ShardJob[]): Promise<number> {
  const pool = executor.open(shardTasks, { workers: 2 });
  const started = performance.now();
  await pool.all(jobs).finally(() => pool.close());
  return (performance.now() - started) / 1000;
}

const emptied = async ({ path }: Run): Promise<void> => {
  for (const part of ['trajectories', 'tasks']) await rm(join(path, part), { recursive: true });
  await mkdir(join(path, 'trajectories'));
};

/** Units a second: of units that are there, which is the queue alone; of tiny ones that are made; the same without a queue. */
async function throughput(folder: string, redis: OwnRedis): Promise<string> {
  const run = await madeRun(folder, recipeText('tiny', 1000, 8, 1));
  const { jobs } = run;
  const rows = [['1,000 units, 2 at a time', 'units/s', 'ms a unit']];
  const tell = (title: string, seconds: number): void => {
    rows.push([title, (jobs.length / seconds).toFixed(0), ((1000 * seconds) / jobs.length).toFixed(2)]);
  };
  await withWorkers(folder, redis, { workers: 1, slots: 2 }, async () => {
    const executor = await queued(redis.address, run);
    await secondsOf(executor, jobs); // the worker opens the run
    tell('queue, there already', await secondsOf(executor, jobs));
    await emptied(run);
    tell('queue, made', await secondsOf(executor, jobs));
    await executor.close();
  });
  await emptied(run);
  tell('threads, made', await secondsOf(recordingExecutor(run.path), jobs));
  return table(rows);
}

/** Memory of a coordinator that waits for so many units, and what it does meanwhile. */
async function memory(folder: string, redis: OwnRedis, units: number): Promise<string> {
  const run = await madeRun(folder, recipeText('many', 2, 8, 1));
  const [job] = run.jobs;
  if (job === undefined) throw new Error('expected a job');
  const jobs = Array.from({ length: units }, (_, index) => ({ ...job, index }));
  const megabytes = (): number => process.memoryUsage().rss / 1e6;
  const executor = await queued(redis.address, run);
  const before = megabytes();
  const started = performance.now();
  const stop = new AbortController();
  const pool = executor.open(shardTasks, { workers: 2, signal: stop.signal });
  const all = pool.all(jobs).catch(() => undefined);
  const key = (await redis.client.keys('fewstep:*:meta'))[0]?.replace(/:meta$/, '') ?? '';
  while ((await redis.client.llen(`${key}:wait`)) < units) await sleep(100);
  const added = (performance.now() - started) / 1000;
  const after = megabytes();
  const cpu = process.cpuUsage();
  await sleep(20_000);
  const { user, system } = process.cpuUsage(cpu);
  const stopping = performance.now();
  stop.abort(new Error('enough'));
  await all;
  await executor.close();
  const ended = (performance.now() - stopping) / 1000;
  const used = /used_memory:(\d+)/.exec(await redis.client.info('memory'))?.[1] ?? '0';
  await redis.client.flushall();
  return table([
    [`${units.toLocaleString('en-US')} units that wait`, ''],
    ['coordinator before, MB', before.toFixed(0)],
    ['coordinator with them, MB', after.toFixed(0)],
    ['Redis, MB', (Number(used) / 1e6).toFixed(0)],
    ['added in, s', added.toFixed(1)],
    ['processor while waiting, %', ((user + system) / 20e4).toFixed(1)],
    ['cancelled in, s', ended.toFixed(1)],
  ]);
}

/** The share of slots' time without a unit, for units of some tenths of a second. */
async function idleShares(folder: string, redis: OwnRedis): Promise<string> {
  const run = await madeRun(folder, recipeText('real', 60, 512, 64));
  const rows = [['workers × slots', 'seconds', 'a unit, s', 'idle, %', 'without starts, %']];
  for (const [workers, slots] of [
    [1, 2],
    [2, 1],
    [4, 1],
  ] as const) {
    await emptied(run);
    await withWorkers(folder, redis, { workers, slots }, async () => {
      const executor = await queued(redis.address, run);
      const seconds = await secondsOf(executor, run.jobs);
      await executor.close();
      const units = [...((await taskRecords(run.path)).get('trajectories')?.values() ?? [])];
      const spans = units.map(({ since, seconds: took = 0 }) => [Date.parse(since) / 1000, took] as const);
      const busy = spans.reduce((sum, [, took]) => sum + took, 0);
      const from = Math.min(...spans.map(([begun]) => begun));
      const span = Math.max(...spans.map(([begun, took]) => begun + took)) - from;
      const idle = (of: number): string => (100 * (1 - busy / (workers * slots * of))).toFixed(1);
      rows.push([
        `${workers} × ${slots}`,
        seconds.toFixed(1),
        (busy / units.length).toFixed(2),
        idle(seconds),
        idle(span),
      ]);
    });
  }
  return table(rows);
}

const folder = await mkdtemp(join(tmpdir(), 'fewstep-queue-'));
const redis = await ownRedis(PORT);
try {
  console.log(
    [new Date().toISOString().slice(0, 10), ...Object.entries(versions()).map((one) => one.join(' '))].join(' · '),
  );
  const parts = [throughput, (of: string, server: OwnRedis) => memory(of, server, 100_000), idleShares];
  for (const part of parts) console.log(`\n${await part(folder, redis)}`);
} finally {
  await redis.stop();
  await rm(folder, { recursive: true });
}
