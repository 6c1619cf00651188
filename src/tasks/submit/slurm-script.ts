import { exitCodes } from '../../ground/errors.ts';
import { shellWords } from '../../ground/process/shell-words.ts';
import type { Submission } from './engine.ts';
import type { Step } from './steps.ts';

/** Resources of jobs, which were checked: nothing in them means anything to a shell. */
export interface ScriptOptions {
  readonly partition?: string;
  readonly gres?: string;
  readonly time?: string;
  readonly memory?: string;
}

/** How often and after how many seconds a job tries again that finds another process at its work. */
const [TRIES, WAIT_SECONDS] = [60, 5];

/** A step whose units are in so many parts, each of which does so many at a time. */
interface SizedStep {
  readonly step: Step;
  readonly parts: number;
  readonly concurrency: number;
}

/** The batch script of a step. */
export function scriptOf(
  { step, parts, concurrency }: SizedStep,
  { run, path, plan, program, folder }: Submission,
  { partition, gres, time, memory }: ScriptOptions,
): string {
  const array = step.units !== undefined;
  const directives = {
    'job-name': `${run}.${step.name}`,
    output: `${path}/slurm/logs/${step.name}-${array ? '%A_%a' : '%j'}.log`,
    'open-mode': 'append', // of a job that is requeued
    'kill-on-invalid-dep': 'yes',
    nodes: 1,
    ntasks: 1,
    'cpus-per-task': step.light ? 1 : plan.threads * (array ? concurrency : 1),
    ...(partition !== undefined && { partition }),
    ...(time !== undefined && { time }),
    ...(memory !== undefined && { mem: memory }),
    ...(gres !== undefined && !step.light && { gres }),
  };
  const command = shellWords([...program, ...step.words]);
  return `#!/bin/bash
#SBATCH --requeue
${Object.entries(directives)
  .map(([name, value]) => `#SBATCH --${name}=${value}`)
  .join('\n')}
cd -- ${shellWords([folder])} || exit
for (( try = 0; try < ${TRIES}; try++ )); do
  ${command}${array ? ` --shard "$(( SLURM_ARRAY_TASK_ID + \${1:-0} ))/${parts}"` : ''}
  code=$?
  (( code == ${exitCodes.busy} )) || exit "$code"
  sleep ${WAIT_SECONDS} # another process is at it, or was when its machine failed
done
exit "$code"
`;
}
