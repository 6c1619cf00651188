/** The parts of `npm run bench`, by the names that `--only` takes; each gives tables as they are measured. */
import type { Engine } from '../src/engine/graph/program.ts';
import { activationsTable } from './activations.ts';
import { cacheTable } from './cache-on-disk.ts';
import { ceiling } from './ceiling.ts';
import { closedLoop, piecesApart } from './closed-loop.ts';
import { timeSolve } from './head-solve.ts';
import { timePasses } from './passes.ts';
import { profileTrainingStep } from './profile.ts';
import { samplerCalls } from './sampler-calls.ts';
import { scaleTable } from './scale.ts';
import { headsNamed } from './scale-files.ts';
import { studentLatency } from './student-latency.ts';
import { table } from './table.ts';
import { head, parameterCount, timeTrainingStep, type Workload } from './training-step.ts';
import { timeUnrolled } from './unrolled-steps.ts';

/** What a part is measured with. */
export interface Bench {
  readonly engine: Engine;
  /** Of `scale`: names of heads of real size. */
  readonly heads?: readonly string[] | undefined;
}

type Part = (bench: Bench) => AsyncGenerator<string>;

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

/** The best large matrix product of this run, measured once, and a line on it. */
let known: number | undefined;
async function* topOf(engine: Engine): AsyncGenerator<string, number> {
  if (known !== undefined) return known;
  known = await ceiling(engine);
  yield `matrix-product ceiling: ${giga(known)} GFLOP/s`;
  return known;
}

/**
 * One line a workload: time, samples, GFLOP/s, part of the ceiling. GFLOP/s count 6·P a sample for training and 2·P for a forward,
 * P all parameters of the head. K draws share a context's modulations, so their real work is less than 6·P each.
 */
async function* ofCeiling(
  { engine }: Bench,
  title: string,
  flops: (parameters: number) => number,
  time: (workload: Workload) => Promise<number>,
): AsyncGenerator<string> {
  const top = yield* topOf(engine);
  const rows = [[title, 'K', 'ms', 'samples/s', 'GFLOP/s', 'of ceiling', 'vs K=1']];
  for (const [name, config] of Object.entries(heads)) {
    let first = 0;
    for (const k of draws) {
      const elapsed = await time({ config, samples, draws: k });
      const rate = samples / elapsed;
      const speed = flops(parameterCount(config)) * rate;
      first ||= rate;
      const figures = [milliseconds(elapsed), rate.toFixed(0), giga(speed)];
      rows.push([name, String(k), ...figures, (speed / top).toFixed(2), (rate / first).toFixed(2)]);
    }
  }
  yield table(rows);
}

const training: Part = (bench) =>
  ofCeiling(
    bench,
    `training step, ${samples} samples`,
    (p) => 6 * p,
    (workload) => timeTrainingStep(workload, bench.engine),
  );

/** The same step with int8 products, in turns with float32. */
const int8: Part = async function* ({ engine }) {
  const rows = [[`training step, ${samples} samples, ms`, 'K', 'float32', 'int8', 'ratio']];
  for (const [name, config] of Object.entries(heads))
    for (const k of draws) {
      const workload = { config, samples, draws: k };
      const times = { float32: Number.POSITIVE_INFINITY, int8: Number.POSITIVE_INFINITY };
      for (let round = 0; round < 3; round++)
        for (const precision of ['float32', 'int8'] as const)
          times[precision] = Math.min(times[precision], await timeTrainingStep(workload, engine, { precision }));
      const both = [milliseconds(times.float32), milliseconds(times.int8)];
      rows.push([name, String(k), ...both, (times.float32 / times.int8).toFixed(2)]);
    }
  yield table(rows);
};

const optimizers: Part = async function* ({ engine }) {
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
  yield table(rows);
};

const solve: Part = (bench) =>
  ofCeiling(
    bench,
    `teacher solve, ${steps} guided Euler steps, ${samples} samples`,
    (p) => 2 * p * 2 * steps,
    (workload) => timeSolve(workload, steps, bench.engine),
  );

const latency: Part = async function* ({ engine }) {
  const rows = [['student, one step, ms', 'batch', 'p50', 'p90', 'p99']];
  for (const [name, config] of Object.entries(heads)) {
    for (const { batch, p50, p90, p99 } of await studentLatency(config, [1, 16, 256], engine)) {
      rows.push([name, String(batch), ...[p50, p90, p99].map((time) => time.toFixed(2))]);
    }
  }
  yield table(rows);
};

const sampler: Part = async function* () {
  const title = 'exported student, one step, batch 1, 1 thread, ms';
  const rows = [[title, 'onnxruntime', 'createSampler', 'added', 'first sample', 'whole library']];
  for (const [name, config] of Object.entries(heads)) {
    const { raw, sampler, start, startWhole } = await samplerCalls(config);
    const added = `${((sampler - raw) * 1000).toFixed(1)} µs`;
    rows.push([name, raw.toFixed(3), sampler.toFixed(3), added, start.toFixed(0), startWhole.toFixed(0)]);
  }
  yield table(rows);
};

const unrolled: Part = async function* ({ engine }) {
  const rows = [['exported sampler of 4 steps, ms', 'weights', 'batch', 'one by one', 'together', 'ratio']];
  for (const [name, config] of Object.entries(heads)) {
    for (const { form, batch, apart, together } of await timeUnrolled(config, 4, [1, 16, 256], engine))
      rows.push([name, form, String(batch), apart.toFixed(2), together.toFixed(2), (apart / together).toFixed(2)]);
  }
  yield table(rows);
};

const passes: Part = async function* ({ engine }) {
  const [name, config] = ['16/768/512×3', heads['16/768/512×3']];
  const rows = [[`training step of ${name}, K = 8, without`, 'operations', 'ms']];
  for (const { without, operations, seconds } of await timePasses({ config, samples, draws: 8 }, engine)) {
    rows.push([without, String(operations), milliseconds(seconds)]);
  }
  yield table(rows);
};

const loop: Part = async function* ({ engine }) {
  const rows = [['digits in the closed loop', 'images/s']];
  for (const { head, rate } of await closedLoop(engine)) rows.push([head, rate.toFixed(0)]);
  const apart = [['tokens in pieces, apart', 'median', '99 %', 'largest']];
  for (const { head, ...quantiles } of await piecesApart(engine))
    apart.push([head, ...Object.values(quantiles).map((value) => value.toExponential(1))]);
  yield table(apart);
  yield table(rows);
};

const profile: Part = async function* ({ engine }) {
  for (const k of draws) {
    const workload = { config: heads['16/768/512×3'], samples, draws: k };
    const { operators, seconds } = await profileTrainingStep(workload, engine);
    const rows = [[`training step of 16/768/512×3, K = ${k}`, 'nodes', 'ms', 'share']];
    const share = (part: number): string => (part / seconds).toFixed(2);
    for (const { operator, shapes, nodes, seconds: part } of operators.slice(0, 24))
      rows.push([`${operator} ${shapes}`, nodes.toFixed(0), milliseconds(part), share(part)]);
    const inNodes = operators.reduce((sum, { seconds: part }) => sum + part, 0);
    const products = operators.filter(({ operator }) => /MatMul|Gemm/.test(operator));
    const inProducts = products.reduce((sum, { seconds: part }) => sum + part, 0);
    rows.push(['all matrix products', '', milliseconds(inProducts), share(inProducts)]);
    rows.push(['all nodes', '', milliseconds(inNodes), share(inNodes)], ['the run', '', milliseconds(seconds), '1.00']);
    yield table(rows);
  }
};

const scale: Part = async function* ({ heads: names }) {
  for (const head of headsNamed(names)) yield await scaleTable(head);
};

const cache: Part = async function* () {
  yield await cacheTable();
};

const activations: Part = async function* () {
  yield await activationsTable();
};

const usual = { training, int8, optimizers, solve, latency, sampler, unrolled, passes, loop } as const;

/** The parts that are measured unless others are asked for. */
export const usualParts: readonly string[] = Object.keys(usual);

/** All parts, in the order in which they are measured. */
export const parts: Readonly<Record<string, Part>> = { ...usual, profile, scale, cache, activations };
