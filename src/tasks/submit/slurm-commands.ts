/** Slurm's own commands. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { EngineError } from '../../ground/errors.ts';
import { systemCode } from '../../ground/file/failure.ts';

const execute = promisify(execFile);

/** How long a controller may take to answer. */
const PATIENCE_MILLISECONDS = 120_000;

/** Slurm's own default of MaxArraySize, where there is no Slurm to ask. */
const USUAL_ARRAY = 1001;

/** Runs a command of Slurm; gives what it prints. Throws EngineError where there is none or it fails. */
async function said(words: readonly string[]): Promise<string> {
  const [file = '', ...rest] = words;
  try {
    return (await execute(file, rest, { timeout: PATIENCE_MILLISECONDS })).stdout;
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT')
      throw new EngineError(
        `${file}: expected Slurm's commands on the PATH, found none; --dry-run shows what they get`,
        {
          cause,
        },
      );
    throw new EngineError(`${words.join(' ')}: ${reasonOf(cause)}`, { cause });
  }
}

function reasonOf(error: unknown): string {
  const { stderr = '', message } = error as Error & { readonly stderr?: string };
  const line = stderr.split('\n').find((one) => one.trim() !== '');
  return line?.replace(/^\w+: error: /, '') ?? message;
}

/** The most jobs that an array may have here. */
export async function mostOfArray({ dryRun }: { readonly dryRun: boolean }): Promise<number> {
  const settings = await said(['scontrol', 'show', 'config']).catch((error) => {
    if (dryRun) return '';
    throw error;
  });
  const [, size] = /^MaxArraySize\s*=\s*(\d+)/m.exec(settings) ?? [];
  return Math.max(1, Number(size ?? USUAL_ARRAY));
}

/** Submits a job by the words of `sbatch --parsable`; gives its id. Throws EngineError. */
export async function submitJob(words: readonly string[]): Promise<string> {
  const [, id] = /^(\d+)(?:;|$)/.exec((await said(words)).trim()) ?? [];
  if (id === undefined) throw new EngineError(`${words.join(' ')}: expected the number of a job, got none`);
  return id;
}

/** Cancels jobs, as far as that can be. */
export async function cancelJobs(ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await said(['scancel', ...ids]).catch(() => undefined);
}
