import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { slurm } from '../../../src/tasks/submit/slurm.ts';
import { scriptOf } from '../../../src/tasks/submit/slurm-script.ts';
import { smallSubmission } from './submission.ts';

const execute = promisify(execFile);
const path = process.env.PATH;
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fewstep-slurm o'neill $x-"));
});
afterAll(async () => {
  process.env.PATH = path;
  await rm(folder, { recursive: true });
});

const step = { name: 'samples', after: ['students'], words: ['task', 'runs/x', '--kind', 'samples'], units: 40 };
const sized = { step, parts: 20, concurrency: 2 };

describe('a batch script', () => {
  test('asks for what the plan and the options say, and calls fewstep', () => {
    const given = { partition: 'cpu,big', gres: 'gpu:1', time: '2:00:00', memory: '4G' };
    const submission = smallSubmission('engine.threads=3');
    expect(scriptOf(sized, submission, given).replaceAll(submission.run, 'RUN')).toMatchInlineSnapshot(`
      "#!/bin/bash
      #SBATCH --requeue
      #SBATCH --job-name=RUN.samples
      #SBATCH --output=runs/RUN/slurm/logs/samples-%A_%a.log
      #SBATCH --open-mode=append
      #SBATCH --kill-on-invalid-dep=yes
      #SBATCH --nodes=1
      #SBATCH --ntasks=1
      #SBATCH --cpus-per-task=6
      #SBATCH --partition=cpu,big
      #SBATCH --time=2:00:00
      #SBATCH --mem=4G
      #SBATCH --gres=gpu:1
      cd -- '/home/o'\\''neill/my $files' || exit
      for (( try = 0; try < 60; try++ )); do
        /usr/bin/node '/home/o'\\''neill/my $files/fewstep.mjs' task runs/x --kind samples --shard "$(( SLURM_ARRAY_TASK_ID + \${1:-0} ))/20"
        code=$?
        (( code == 6 )) || exit "$code"
        sleep 5 # another process is at it, or was when its machine failed
      done
      exit "$code"
      "
    `);
  });

  test('does its part of the units, in a folder of any name, and waits for who is at them', async () => {
    const program = join(folder, 'said.sh');
    const log = join(folder, 'said');
    await writeFile(
      program,
      `pwd >> "$0".log; echo "$@" >> "$0".log; [ $(wc -l < "$0".log) -lt 4 ] && exit 6; exit 3\n`,
    );
    const submission = { ...smallSubmission(), program: ['bash', program], folder };
    const script = scriptOf(sized, submission, {}).replace('sleep 5', 'sleep 0');
    await writeFile(join(folder, 'step.sh'), script);
    const run = execute('bash', [join(folder, 'step.sh'), '10'], { env: { PATH: path, SLURM_ARRAY_TASK_ID: '7' } });
    await expect(run).rejects.toMatchObject({ code: 3, stderr: '' });
    const said = [folder, 'task runs/x --kind samples --shard 17/20'];
    expect(await readFile(`${log}.sh.log`, 'utf8')).toBe(`${[...said, ...said].join('\n')}\n`);
  });
});

describe('submission', () => {
  const dryRun = async (given: Record<string, string>) => {
    const { text } = await slurm.readied(given)(smallSubmission());
    return text.split('\n').filter((line) => line.startsWith('$ '));
  };
  /** A program of Slurm's that says what it is told to. */
  const program = async (name: string, text: string) => {
    await writeFile(join(folder, name), `#!/bin/bash\n${text}\n`);
    await chmod(join(folder, name), 0o755);
    process.env.PATH = `${folder}:${path}`;
  };

  test('names the jobs that a job waits for; arrays are no larger than the cluster admits', async () => {
    await program('scontrol', 'echo "MaxArraySize            = 4"');
    const [first = '', second = '', third = ''] = await dryRun({ atOnce: '5' });
    expect([first, second, third].map((line) => line.replace(/runs\S*slurm/, 'S'))).toEqual([
      '$ sbatch --parsable --array=0-3%2 S/trajectories.sh 0',
      '$ sbatch --parsable --array=0-1%2 S/trajectories.sh 4',
      '$ sbatch --parsable --dependency=afterok:trajectories S/trajectories-complete.sh',
    ]);
  });

  test('is told of a word that is not what an option may be', () => {
    for (const [name, word] of [
      ['partition', 'a b'],
      ['partition', 'a\nb'],
      ['gres', 'gpu:1 --uid=0'],
      ['time', 'soon'],
      ['memory', '4Gi'],
      ['atOnce', '0'],
      ['concurrency', 'many'],
    ] as const)
      expect(() => slurm.readied({ [name]: word })).toThrow(/^--[a-z-]+: expected .*, got "/);
  });

  test('takes back what was submitted where a job is refused', async () => {
    const cwd = process.cwd();
    process.chdir(folder);
    try {
      await program(
        'sbatch',
        `n=$(($(cat ids 2>/dev/null || echo 0) + 1)); echo $n > ids; [ $n -lt 3 ] && echo "$n;here" && exit\necho 'sbatch: error: Batch job submission failed: too many' >&2; exit 1`,
      );
      await program('scancel', 'echo "$@" > cancelled');
      const submitted = slurm.readied({})({ ...smallSubmission(), dryRun: false });
      await expect(submitted).rejects.toThrow(/^sbatch --parsable .*: Batch job submission failed: too many$/);
      expect(await readFile('cancelled', 'utf8')).toBe('1 2\n');
    } finally {
      process.chdir(cwd);
    }
  });

  test('needs the commands of Slurm', async () => {
    process.env.PATH = '/nowhere';
    await expect(slurm.readied({})({ ...smallSubmission(), dryRun: false })).rejects.toThrow(
      "scontrol: expected Slurm's commands on the PATH, found none; --dry-run shows what they get",
    );
    expect((await slurm.readied({})(smallSubmission())).text).toContain('--array=0-5 ');
  });
});
