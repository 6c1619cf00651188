/** A Slurm cluster of two nodes on this machine, by the script that users have, too. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** The cluster and its commands. */
export interface Cluster {
  /** What a command of Slurm's prints. */
  readonly said: (program: string, ...words: string[]) => string;
  /** The environment of what submits to it. */
  readonly environment: NodeJS.ProcessEnv;
  readonly end: () => Promise<void>;
}

/** Starts it with all its files in a folder. */
export async function startCluster(checkout: string, folder: string): Promise<Cluster> {
  const words = [join(checkout, 'scripts/slurm-here.mjs'), folder, '2'];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [printed] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => [''])]);
  const [, conf] = /^export SLURM_CONF=(.+)$/m.exec(String(printed)) ?? [];
  if (conf === undefined) throw new Error('the cluster did not start');
  const environment = { ...process.env, SLURM_CONF: conf };
  return {
    said: (program, ...rest) => execFileSync(program, rest, { env: environment, encoding: 'utf8' }).trim(),
    environment,
    end: () => ended(child),
  };
}

async function ended(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}
