import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measuredCommand } from './measured-command.ts';
import { folderBytes, type RealHead, runOf, trainingOf, writeScaleFiles } from './scale-files.ts';
import { table } from './table.ts';

const cli = fileURLToPath(new URL('../dist/command-line/main.js', import.meta.url));

/** A head that is nothing beside its contexts, which are as wide as NextStep-1's. */
const small: RealHead = {
  title: '64/5120/64×1',
  family: 'nextstep',
  prefix: 'image_head.net.',
  sizes: { token: 64, condition: 5120, width: 64, depth: 1 },
  contexts: 0,
  solverSteps: 4,
};

/** Trains a small head from caches of 0.2 and 5 GB by the command line: seconds, and the process's largest resident memory. */
export async function cacheTable(): Promise<string> {
  const rows = [['trajectory cache', 'MB', 'made in s', 'peak MB', 'distil s', 'peak MB', 'ms a step']];
  for (const contexts of [4096, 120_000]) {
    const folder = await mkdtemp(join(tmpdir(), 'fewstep-cache-'));
    try {
      await writeScaleFiles(folder, { ...small, contexts });
      const run = (...args: readonly string[]) => measuredCommand(folder, [cli, ...args]);
      await run('teacher', 'import', 'source.safetensors', '--family', small.family, '--name', 'scale');
      const made = await run('trajectories', 'recipe.yaml');
      const distilled = await run('distill', 'recipe.yaml');
      const lines = (await readFile(join(await trainingOf(folder), 'metrics.jsonl'), 'utf8')).trimEnd().split('\n');
      const { step, secondsElapsed } = JSON.parse(lines.at(-1) ?? '');
      const bytes = await folderBytes(join(await runOf(folder), 'trajectories'));
      const costs = [made, distilled].flatMap(({ seconds, peak }) => [seconds.toFixed(1), (peak / 1e6).toFixed(0)]);
      const perStep = ((1000 * secondsElapsed) / step).toFixed(0);
      rows.push([`${contexts} contexts`, (bytes / 1e6).toFixed(0), ...costs, perStep]);
      console.error(rows.at(-1)?.join('  '));
    } finally {
      await rm(folder, { recursive: true });
    }
  }
  return table(rows);
}
