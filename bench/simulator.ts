/**
 * `npm run bench:simulator`: how near `fewstep plan` comes. A small recipe is run and measured on 1 and 2 workers, and tells how
 * long one of more than twice the work will take, which is then run, too. Takes some minutes. Where other processes use the
 * machine, both runs wait for a processor, each as long as it happens to: the forecast is compared as it is, and with that
 * waiting taken off both (Linux tells it of each thread). Ends with an error where the latter is more than 15 % off.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { versions } from '../src/ground/versions.ts';
import { taskRecords } from '../src/tasks/record.ts';
import { scheduledCommand } from './scheduled-command.ts';
import { table } from './table.ts';

const cli = fileURLToPath(new URL('../dist/command-line/main.js', import.meta.url));

/** What a forecast may be off. */
const MOST_ERROR = 0.15;

interface Sizes {
  readonly contexts: number;
  readonly steps: number;
  readonly samples: number;
}

const sizes: Readonly<Record<'measured' | 'planned', Sizes>> = {
  measured: { contexts: 6144, steps: 800, samples: 4096 },
  planned: { contexts: 15_360, steps: 2000, samples: 8192 },
};

/** An exact teacher; shards, trainings and rows of some seconds. */
const recipe = (name: string, { contexts, steps, samples }: Sizes): string => `kind: distill
name: ${name}
seeds: [1, 2]
engine: { kind: onnx, provider: cpu, threads: 1 }
teacher: { kind: gaussian, token: 16, condition: 8, std: 1, unconditionalStd: 2 }
guidance: { min: 1, max: 2 }
trajectories: { contexts: ${contexts}, draws: 8, solver: heun, steps: 64, keep: 8, shardRows: 512 }
students:
  - name: trajectory
    method: trajectory
    options: { endpoint: 0 }
    head: { width: 64, depth: 2 }
    training: { steps: ${steps}, batch: 256, learningRate: 2.0e-3 }
evaluation:
  guidance: 1.5
  steps: [1, 2, 4]
  teacher: { solver: heun, steps: 16 }
  solvers: [euler, heun]
  samples: ${samples}
  latencyBatches: [1]
`;

/** Runs a recipe on so many workers: seconds from the first unit to the measurements, and of the whole command. */
async function measure(folder: string, name: keyof typeof sizes, workers: number) {
  const { seconds: command, crowding } = await scheduledCommand(folder, [
    ...[cli, 'evaluate', `${name}.yaml`, '--quiet', '--set', `name=${name}-${workers}`],
    ...['--set', `engine.workers=${workers}`],
  ]);
  const found = (await readdir(join(folder, 'runs'))).find((run) => run.startsWith(`${name}-${workers}-`));
  const run = join(folder, 'runs', found ?? '');
  const begun = [...(await taskRecords(run)).values()].flatMap((units) =>
    [...units.values()].map(({ since }) => since),
  );
  const first = Math.min(...begun.map((since) => Date.parse(since)));
  const { createdAt } = JSON.parse(await readFile(join(run, 'evaluation.json'), 'utf8'));
  return { run, command, crowding, seconds: (Date.parse(createdAt) - first) / 1000 };
}

/** What `fewstep plan` says of the larger recipe on so many workers, by the run of the smaller one. */
async function forecastOf(folder: string, from: string, workers: number) {
  const { output } = await scheduledCommand(folder, [
    ...[cli, 'plan', 'planned.yaml', '--json', '--from', from.slice(folder.length + 1), '--workers', String(workers)],
    ...['--overhead', '0.005', '--queue-rate', '1e9'], // threads of one process
  ]);
  return JSON.parse(output.slice(output.indexOf('{'))).forecast.wall as Record<'median' | 'low' | 'high', number>;
}

const folder = await mkdtemp(join(tmpdir(), 'fewstep-simulator-'));
const errors: number[] = [];
try {
  for (const name of ['measured', 'planned'] as const)
    await writeFile(join(folder, `${name}.yaml`), recipe(name, sizes[name]));
  console.log(
    [new Date().toISOString().slice(0, 10), ...Object.entries(versions()).map((one) => one.join(' '))].join(' · '),
  );
  const rows = [
    ['workers', 'measured, s', 'forecast, s', '90 %', 'came, s', 'error', 'crowding', 'error without', 'command, s'],
  ];
  for (const workers of [1, 2]) {
    const small = await measure(folder, 'measured', workers);
    const { median, low, high } = await forecastOf(folder, small.run, workers);
    const large = await measure(folder, 'planned', workers);
    const alone = median / small.crowding / (large.seconds / large.crowding) - 1;
    errors.push(alone);
    rows.push([
      ...[String(workers), small.seconds.toFixed(1), median.toFixed(1), `${low.toFixed(1)}–${high.toFixed(1)}`],
      ...[large.seconds.toFixed(1), `${(100 * (median / large.seconds - 1)).toFixed(1)} %`],
      ...[`${small.crowding.toFixed(2)}, ${large.crowding.toFixed(2)}`, `${(100 * alone).toFixed(1)} %`],
      large.command.toFixed(1),
    ]);
  }
  console.log(table(rows));
} finally {
  await rm(folder, { recursive: true });
}
if (errors.some((error) => Math.abs(error) > MOST_ERROR)) {
  console.error(`expected forecasts within ${100 * MOST_ERROR} % of what was measured`);
  process.exitCode = 1;
}
