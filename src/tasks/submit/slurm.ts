/** Slurm (https://slurm.schedmd.com): a batch script for each step of a run, submitted as job arrays that wait for each other. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeAtomic } from '../../ground/file/atomic.ts';
import { writeJson } from '../../ground/file/json.ts';
import { shellWords } from '../../ground/process/shell-words.ts';
import {
  type Engine,
  patterned,
  readOptions,
  type Submission,
  type Submitted,
  sharedOptions,
  wholeText,
} from './engine.ts';
import { cancelJobs, mostOfArray, submitJob } from './slurm-commands.ts';
import { type ScriptOptions, scriptOf } from './slurm-script.ts';
import { type PartSizes, partsOf, type Step, stepsOf } from './steps.ts';

const options = {
  partition: {
    flags: '--partition <names>',
    description: 'slurm: the partition, or several with commas between',
    schema: patterned(/^\w[\w.,-]*$/, 'names of partitions'),
  },
  gres: {
    flags: '--gres <list>',
    description: 'slurm: generic resources of each job of units, gpu:1',
    schema: patterned(/^\w[\w.:,=/-]*$/, 'generic resources, like gpu:1'),
  },
  time: {
    flags: '--time <limit>',
    description: 'slurm: the longest a job may take, 30 (minutes), 4:00:00 or 1-12:00:00',
    schema: patterned(/^(\d{1,4}-)?\d{1,6}(:\d{1,2}){0,2}$/, 'minutes, hours:minutes:seconds or days-hours:minutes'),
  },
  memory: {
    flags: '--memory <size>',
    description: 'memory of each job, 16G; of kubernetes 16Gi',
    schema: patterned(/^\d{1,9}[KMGT]?$/, 'a size of Slurm, like 16G'),
  },
  atOnce: {
    flags: '--at-once <jobs>',
    description: 'slurm: the most jobs of an array that run at once',
    schema: wholeText(1, 1_000_000),
  },
  ...sharedOptions,
};

/** A job to be submitted: of an array, the part of the step's units at which it begins and how many it has. */
interface Job {
  readonly step: Step;
  readonly array?: { readonly first: number; readonly count: number };
}

const jobsSchema = z.strictObject({
  submitted: z.iso.datetime(),
  jobs: z.array(z.strictObject({ name: z.string(), id: z.string() })),
});

/** The jobs of a step: more than one where it has more parts than an array may. */
function jobsOf(step: Step, parts: number, most: number): readonly Job[] {
  if (step.units === undefined) return [{ step }];
  return Array.from({ length: Math.ceil(parts / most) }, (_, index) => ({
    step,
    array: { first: index * most, count: Math.min(most, parts - index * most) },
  }));
}

/** The words of `sbatch` for a job that waits for others, by their ids. */
function submitWords(
  { array }: Job,
  after: readonly string[],
  script: string,
  { atOnce, jobs }: { readonly atOnce: number | undefined; readonly jobs: number },
): readonly string[] {
  const limit = atOnce === undefined ? '' : `%${Math.max(1, Math.floor(atOnce / jobs))}`;
  return [
    ...['sbatch', '--parsable'],
    ...(after.length > 0 ? [`--dependency=afterok:${after.join(':')}`] : []),
    ...(array === undefined ? [script] : [`--array=0-${array.count - 1}${limit}`, script, String(array.first)]),
  ];
}

/** What a step becomes: its script and its jobs. */
interface Scripted {
  readonly step: Step;
  readonly path: string;
  readonly text: string;
  readonly jobs: readonly Job[];
}

async function scriptedSteps(submission: Submission, sizes: PartSizes, resources: ScriptOptions): Promise<Scripted[]> {
  const most = await mostOfArray({ dryRun: submission.dryRun });
  const { concurrency } = sizes;
  return stepsOf({ ...submission, concurrency }).map((step) => {
    const parts = partsOf(step.units ?? 1, sizes);
    return {
      step,
      path: join(submission.path, 'slurm', `${step.name}.sh`),
      text: scriptOf({ step, parts, concurrency }, submission, resources),
      jobs: jobsOf(step, parts, most),
    };
  });
}

/** Submits jobs in order; all that were submitted are cancelled where one is refused. */
async function submitAll(scripted: readonly Scripted[], atOnce: number | undefined): Promise<readonly Named[]> {
  const ids = new Map<string, readonly string[]>();
  const submitted: Named[] = [];
  try {
    for (const { step, path, jobs } of scripted) {
      const after = step.after.flatMap((name) => ids.get(name) ?? []);
      const own: string[] = [];
      for (const job of jobs) {
        const id = await submitJob(submitWords(job, after, path, { atOnce, jobs: jobs.length }));
        own.push(id);
        submitted.push({ name: step.name, id });
      }
      ids.set(step.name, own);
    }
  } catch (error) {
    await cancelJobs(submitted.map(({ id }) => id));
    throw error;
  }
  return submitted;
}

interface Named {
  readonly name: string;
  readonly id: string;
}

/** Scripts and commands, for reading. */
const shown = (scripted: readonly Scripted[], atOnce: number | undefined): string =>
  scripted
    .flatMap(({ step, path, text, jobs }) => [
      `# ${path}`,
      text.trimEnd(),
      ...jobs.map((job) =>
        shellWords(submitWords(job, step.after, path, { atOnce, jobs: jobs.length })).replace(/^/, '$ '),
      ),
      '',
    ])
    .join('\n')
    .trimEnd();

const watching = (run: string, submitted: readonly Named[]): string =>
  [
    ...submitted.map(({ name, id }) => `${id.padEnd(8)}  ${name}`),
    '',
    `Watch   squeue --jobs ${submitted.map(({ id }) => id).join(',')}`,
    `        fewstep status ${run}`,
    `Cancel  scancel ${submitted.map(({ id }) => id).join(' ')}`,
  ].join('\n');

/** Jobs of a Slurm cluster whose machines share the working folder. */
export const slurm: Engine = {
  summary: 'submit it as job arrays of Slurm that wait for each other, from this machine',
  opensHere: true,
  options,
  readied(given) {
    const { atOnce, unitsPerJob, concurrency = 1, ...resources } = readOptions(options, given);
    const sizes = { concurrency, ...(unitsPerJob !== undefined && { perJob: unitsPerJob }) };
    return async (submission) => {
      const scripted = await scriptedSteps(submission, sizes, resources);
      const { path, dryRun } = submission;
      if (!dryRun) return submitted(path, scripted, atOnce);
      const jobs = scripted.flatMap((one) => one.jobs.map(() => ({ name: one.step.name })));
      return { text: shown(scripted, atOnce), jobs };
    };
  },
};

/** Writes the scripts of a run and submits them. */
async function submitted(run: string, scripted: readonly Scripted[], atOnce: number | undefined): Promise<Submitted> {
  await mkdir(join(run, 'slurm', 'logs'), { recursive: true });
  for (const { path, text } of scripted) await writeAtomic(path, text);
  const jobs = await submitAll(scripted, atOnce);
  await writeJson(join(run, 'slurm', 'jobs.json'), jobsSchema, {
    submitted: new Date().toISOString(),
    jobs: [...jobs],
  });
  return { text: watching(run, jobs), jobs };
}
