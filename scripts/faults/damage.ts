import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stream } from '../../src/ground/random/philox.ts';
import { fewstep, wrongEnding } from './command.ts';
import { below, type Kind } from './kind.ts';
import { changed } from './mutate.ts';
import { emptyFolder, type Prepared, run } from './prepared.ts';
import { difference, filesBelow, type Results, resultsOf } from './results.ts';

const kinds = ['flip', 'truncate', 'extend', 'overwrite', 'delete'] as const;

/** A run that was killed after a part of its changes; made once. */
async function halfDone({ base, changes }: Prepared): Promise<string> {
  const half = join(base, 'half');
  if (existsSync(half)) return half;
  await run(emptyFolder(base, 'half'), { env: { FAULT_AT: String(Math.round(changes * 0.4)) } });
  return half;
}

function damaged(folder: string, random: Stream): string {
  const paths = filesBelow(folder).filter((path) => path.startsWith('runs') || below(random, 4) === 0);
  const path = paths.filter((name) => name !== 'smoke.yaml')[below(random, paths.length - 1)] ?? '';
  const kind = kinds[below(random, kinds.length)] ?? 'delete';
  const file = join(folder, path);
  if (kind === 'delete') rmSync(file, { recursive: true });
  else writeFileSync(file, changed(readFileSync(file), kind, random));
  return `${kind} ${path}`;
}

const tables = (results: Results): Results =>
  Object.fromEntries(Object.entries(results).filter(([path]) => path.endsWith('.csv')));

/** A finished run needs its last checkpoint no more. */
const needed = (results: Results): Results =>
  Object.fromEntries(Object.entries(results).filter(([path]) => !path.endsWith('checkpoint.safetensors')));

/** Damages one file of a finished or a half-finished run; then it is run again, or reported on. */
export const damage: Kind = async (random, prepared, index) => {
  const folder = join(prepared.base, 'damaged');
  rmSync(folder, { recursive: true, force: true });
  cpSync(index % 3 === 2 ? await halfDone(prepared) : prepared.whole, folder, { recursive: true });
  const what = damaged(folder, random);
  const reports = index % 3 === 0;
  const ending = await (reports ? fewstep(folder, ['report', prepared.run, '--quiet']) : run(folder));
  const select = reports ? tables : needed;
  const unequal = () => difference(select(resultsOf(folder)), select(prepared.results));
  const wrong = wrongEnding(ending) ?? (ending.code === 0 ? unequal() : undefined);
  const command = reports ? 'report' : 'run';
  return { what: `${what}, ${command}`, ending: ending.code === 0 ? 'equal results' : 'refused', wrong };
};
