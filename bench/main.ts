/**
 * `npm run bench [-- --threads 2] [-- --only training,optimizers,solve,latency,passes,loop]`: what the engine does of what this machine can.
 * `npm run bench -- --only profile`: what takes a training step's time, by onnxruntime's own profile.
 * `npm run bench -- --only scale [--heads nextstep-1,mar-h,vibevoice-large]`: commands on heads of real size. The first two
 * take 10 GB of disk, 5 GB of memory and half an hour, the last 40 GB of disk and 18 GB of memory.
 * `--only cache`: training from a cache of 5 GB (12 GB of disk); `--only activations`: what a batch takes of memory.
 * `npm run bench -- --peers [--python python3]`: the same work in PyTorch, in alternation; bench/peers/README.md.
 * GFLOP/s count 6·P a sample for training and 2·P for a forward, P all parameters of the head; the ceiling is the best
 * large matrix product of this run. K draws share a context's modulations, so their real work is less than 6·P each.
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { cpuEngine } from '../src/engine/graph/program.ts';
import { versions } from '../src/ground/versions.ts';
import { activationsTable } from './activations.ts';
import { cacheTable } from './cache-on-disk.ts';
import { ceiling } from './ceiling.ts';
import { closedLoop, piecesApart } from './closed-loop.ts';
import { timeSolve } from './head-solve.ts';
import { timePasses } from './passes.ts';
import { peers } from './peers/main.ts';
import { profileTrainingStep } from './profile.ts';
import { samplerCalls } from './sampler-calls.ts';
import { scaleTable } from './scale.ts';
import { headsNamed } from './scale-files.ts';
import { studentLatency } from './student-latency.ts';
import { table } from './table.ts';
import { head, parameterCount, timeTrainingStep, type Workload } from './training-step.ts';
import { timeUnrolled } from './unrolled-steps.ts';

tf.enableProdMode();
const { values } = parseArgs({
  options: {
    ...{ threads: { type: 'string' }, only: { type: 'string' }, peers: { type: 'boolean' } },
    ...{ python: { type: 'string' }, rounds: { type: 'string' }, heads: { type: 'string' } },
    ...{ draws: { type: 'string' }, batches: { type: 'string' }, settings: { type: 'string' } },
  },
});
const engine = cpuEngine(Number(values.threads ?? 2));
if (values.peers) process.exit(await peers({ ...values, threads: engine.threads }));
const parts = values.only?.split(',') ?? [
  'training',
  'optimizers',
  'solve',
  'latency',
  'sampler',
  'unrolled',
  'passes',
  'loop',
];

const heads = {
  'digits 49/192/256×3': head(49, 192, 256, 3),
  '16/768/512×3': head(16, 768, 512, 3),
  '64/1024/1024×6': head(64, 1024, 1024, 6),
};
const draws = [1, 4, 8];
const samples = 1024;
const steps = 8;

const milliseconds = (time: number): string => (time * 1000).toFixed(1);
const giga = (flops: number): string => (flops / 1e9).toFixed(0);

/** One line a workload: time, samples, GFLOP/s, part of the ceiling. */
async function report(
  title: string,
  flops: (parameters: number) => number,
  time: (workload: Workload) => Promise<number>,
) {
  const rows = [[title, 'K', 'ms', 'samples/s', 'GFLOP/s', 'of ceiling', 'vs K=1']];
  for (const [name, config] of Object.entries(heads)) {
    let first = 0;
    for (const k of draws) {
      const elapsed = await time({ config, samples, draws: k });
      const rate = samples / elapsed;
      const speed = flops(parameterCount(config)) * rate;
      first ||= rate;
      rows.push([
        name,
        String(k),
        milliseconds(elapsed),
        rate.toFixed(0),
        giga(speed),
        (speed / top).toFixed(2),
        (rate / first).toFixed(2),
      ]);
    }
  }
  console.log(`${table(rows)}\n`);
}

const environment = Object.entries(versions()).map(([name, version]) => `${name} ${version}`);
console.log([new Date().toISOString().slice(0, 10), ...environment, `${engine.threads} threads`].join(' · '));
if (parts.includes('scale')) {
  for (const head of headsNamed(values.heads?.split(','))) console.log(`${await scaleTable(head)}\n`);
}
if (parts.includes('cache')) console.log(`${await cacheTable()}\n`);
if (parts.includes('activations')) console.log(`${await activationsTable()}\n`);
const top = parts.some((part) => part === 'training' || part === 'solve') ? await ceiling(engine) : 0;
if (top > 0) console.log(`matrix-product ceiling: ${giga(top)} GFLOP/s\n`);

if (parts.includes('training')) {
  await report(
    `training step, ${samples} samples`,
    (p) => 6 * p,
    (workload) => timeTrainingStep(workload, engine),
  );
}
if (parts.includes('optimizers')) {
  const config = head(16, 64, 192, 3);
  const rows = [['training step of 16/64/192×3, ms', 'batch', 'K', 'adamw', 'muon', 'muon ÷ adamw']];
  for (const batch of [256, 1024]) {
    for (const k of [1, 8]) {
      const workload = { config, samples: batch, draws: k };
      const adamw = await timeTrainingStep(workload, engine, { repeats: 30 });
      const muon = await timeTrainingStep(workload, engine, { name: 'muon', repeats: 30 });
      const times = [milliseconds(adamw), milliseconds(muon), (muon / adamw).toFixed(2)];
      rows.push(['', String(batch), String(k), ...times]);
    }
  }
  console.log(`${table(rows)}\n`);
}
if (parts.includes('solve')) {
  const title = `teacher solve, ${steps} guided Euler steps, ${samples} samples`;
  await report(
    title,
    (p) => 2 * p * 2 * steps,
    (workload) => timeSolve(workload, steps, engine),
  );
}
if (parts.includes('latency')) {
  const rows = [['student, one step, ms', 'batch', 'p50', 'p90', 'p99']];
  for (const [name, config] of Object.entries(heads)) {
    for (const { batch, p50, p90, p99 } of await studentLatency(config, [1, 16, 256], engine)) {
      rows.push([name, String(batch), ...[p50, p90, p99].map((time) => time.toFixed(2))]);
    }
  }
  console.log(`${table(rows)}\n`);
}
if (parts.includes('profile')) {
  for (const k of draws) {
    const { operators, seconds } = await profileTrainingStep(
      { config: heads['16/768/512×3'], samples, draws: k },
      engine,
    );
    const rows = [[`training step of 16/768/512×3, K = ${k}`, 'nodes', 'ms', 'share']];
    const share = (part: number): string => (part / seconds).toFixed(2);
    for (const { operator, shapes, nodes, seconds: part } of operators.slice(0, 24))
      rows.push([`${operator} ${shapes}`, nodes.toFixed(0), milliseconds(part), share(part)]);
    const inNodes = operators.reduce((sum, { seconds: part }) => sum + part, 0);
    const products = operators.filter(({ operator }) => /MatMul|Gemm/.test(operator));
    const inProducts = products.reduce((sum, { seconds: part }) => sum + part, 0);
    rows.push(['all matrix products', '', milliseconds(inProducts), share(inProducts)]);
    rows.push(['all nodes', '', milliseconds(inNodes), share(inNodes)], ['the run', '', milliseconds(seconds), '1.00']);
    console.log(`${table(rows)}\n`);
  }
}
if (parts.includes('loop')) {
  const rows = [['digits in the closed loop', 'images/s']];
  for (const { head, rate } of await closedLoop(engine)) rows.push([head, rate.toFixed(0)]);
  const apart = [['tokens in pieces, apart', 'median', '99 %', 'largest']];
  for (const { head, ...quantiles } of await piecesApart(engine))
    apart.push([head, ...Object.values(quantiles).map((value) => value.toExponential(1))]);
  console.log(`${table(apart)}\n`);
  console.log(`${table(rows)}\n`);
}
if (parts.includes('sampler')) {
  const rows = [
    [
      'exported student, one step, batch 1, 1 thread, ms',
      'onnxruntime',
      'createSampler',
      'added',
      'first sample',
      'whole library',
    ],
  ];
  for (const [name, config] of Object.entries(heads)) {
    const { raw, sampler, start, startWhole } = await samplerCalls(config);
    const added = `${((sampler - raw) * 1000).toFixed(1)} µs`;
    rows.push([name, raw.toFixed(3), sampler.toFixed(3), added, start.toFixed(0), startWhole.toFixed(0)]);
  }
  console.log(`${table(rows)}\n`);
}
if (parts.includes('unrolled')) {
  const rows = [['exported sampler of 4 steps, ms', 'weights', 'batch', 'one by one', 'together', 'ratio']];
  for (const [name, config] of Object.entries(heads)) {
    for (const { form, batch, apart, together } of await timeUnrolled(config, 4, [1, 16, 256], engine))
      rows.push([name, form, String(batch), apart.toFixed(2), together.toFixed(2), (apart / together).toFixed(2)]);
  }
  console.log(`${table(rows)}\n`);
}
if (parts.includes('passes')) {
  const [name, config] = ['16/768/512×3', heads['16/768/512×3']];
  const rows = [[`training step of ${name}, K = 8, without`, 'operations', 'ms']];
  for (const { without, operations, seconds } of await timePasses({ config, samples, draws: 8 }, engine)) {
    rows.push([without, String(operations), milliseconds(seconds)]);
  }
  console.log(table(rows));
}
