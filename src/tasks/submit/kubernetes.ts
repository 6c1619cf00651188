/** Kubernetes (https://kubernetes.io/docs/concepts/workloads/controllers/job): a run as objects for `kubectl apply`. */
import { stringify } from 'yaml';
import { UsageError } from '../../ground/errors.ts';
import { versions } from '../../ground/versions.ts';
import { checkAddress } from '../queue/connection.ts';
import {
  type Engine,
  patterned,
  readOptions,
  type Submission,
  type Submitted,
  sharedOptions,
  wholeText,
} from './engine.ts';
import { jobOf, type KubernetesObject, nameOf, workersOf } from './kubernetes-objects.ts';
import type { PodOptions } from './kubernetes-pod.ts';
import { commandFlags, type PartSizes, partsOf, type Step, stepsOf } from './steps.ts';

const objectName = patterned(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'lower-case letters, digits and dashes');
const quantity = (example: string) => patterned(/^\d{1,9}(\.\d{1,3})?(m|[KMGT]i?)?$/, `a quantity, like ${example}`);

const options = {
  image: {
    flags: '--image <name>',
    description: 'kubernetes: the image, made by the Dockerfile that fewstep ships (default: fewstep:<version>)',
    schema: patterned(/^[a-z0-9][\w./:@-]*$/, 'the name of an image'),
  },
  volumeClaim: {
    flags: '--volume-claim <name>',
    description: 'kubernetes: the claim of the volume that is the working folder of all pods (default: fewstep)',
    schema: objectName,
  },
  parallelism: {
    flags: '--parallelism <pods>',
    description: 'kubernetes: the most pods of a job at once; with --queue the number of workers (default: 4)',
    schema: wholeText(1, 10_000),
  },
  cpu: {
    flags: '--cpu <quantity>',
    description: 'kubernetes: processors of each pod (default: as many as its threads)',
    schema: quantity('2 or 500m'),
  },
  memory: {
    flags: '--memory <size>',
    description: 'memory of each job, 16G; of kubernetes 16Gi',
    schema: quantity('16Gi'),
  },
  gpu: {
    flags: '--gpu <count>',
    description: 'kubernetes: GPUs (nvidia.com/gpu) of each pod that does units',
    schema: wholeText(1, 64),
  },
  queue: {
    flags: '--queue <address>',
    description: 'kubernetes: one coordinator and workers on this Redis or Valkey server, in the place of indexed jobs',
    schema: patterned(/^/, 'an address'),
  },
  queueSecret: {
    flags: '--queue-secret <name>',
    description: 'kubernetes: the Secret whose keys user and password the queue asks for (default: fewstep-queue)',
    schema: objectName,
  },
  ...sharedOptions,
};

/** An address that may stand in a file. Throws UsageError where it holds a password, which it does not repeat. */
function plainAddress(address: string): string {
  checkAddress(address);
  const { username, password } = new URL(address);
  if (username === '' && password === '') return address;
  throw new UsageError(
    '--queue: expected no name or password in the address: they belong in the Secret of --queue-secret',
  );
}

const openFlags = (submission: Submission): readonly string[] => [
  ...(submission.plan.mixed ? ['--mixed'] : []),
  ...commandFlags(submission),
];

/** A recipe's path in the working folder that pods have, too. Throws UsageError where it leads out of it. */
function refuseElsewhere({ recipe: [path = ''] }: Submission): void {
  if (/^\/|^[a-z]:|\\/i.test(path) || path.split('/').includes('..'))
    throw new UsageError(`${path}: expected a recipe in the working folder, which is the volume of the pods`);
}

/** The steps of a run, the first of which opens its folder. */
function openedSteps(submission: Submission, { concurrency }: PartSizes): readonly Step[] {
  const words = ['submit', ...submission.recipe, ...openFlags(submission)];
  const open: Step = { name: 'open', after: [], words, light: true };
  return [
    open,
    ...stepsOf({ ...submission, concurrency }).map((step) =>
      step.after.length > 0 ? step : { ...step, after: [open.name] },
    ),
  ];
}

/** What is said above indexed jobs: how they follow each other. */
function following(run: string, objects: readonly KubernetesObject[]): string {
  const [first, ...others] = objects.map(({ metadata: { name } }) => name);
  return `# ${run}: ${objects.length} jobs
# All but the first are suspended: no job of Kubernetes waits for another. After \`kubectl apply -f <this file>\`:
#   kubectl wait --for=condition=complete --timeout=24h job/${first} &&
#   for job in ${others.join(' ')}; do
#     kubectl patch job/$job --type=merge -p '{"spec":{"suspend":false}}' &&
#     kubectl wait --for=condition=complete --timeout=24h job/$job || break
#   done
`;
}

/** What is said above a coordinator and workers. */
const besides = (submission: Submission): string =>
  `# ${submission.run}: workers and their coordinator
# When its job is complete: kubectl delete deployment/${nameOf(submission, 'workers')}
`;

/** How many pods there are at once, and what is in each. */
interface PodNumbers extends PartSizes {
  readonly parallelism: number;
}

/** Indexed jobs, a job for each step. */
function indexedJobs(submission: Submission, pod: PodOptions, numbers: PodNumbers): readonly KubernetesObject[] {
  return openedSteps(submission, numbers).map((step, place) => {
    const indexes = step.units === undefined ? {} : { indexes: { ...numbers, parts: partsOf(step.units, numbers) } };
    return jobOf(submission, step, pod, { suspend: place > 0, ...indexes });
  });
}

/** A coordinator, which is one job, and workers, which are there until they are deleted. */
function queued(
  submission: Submission,
  pod: PodOptions,
  address: string,
  numbers: PodNumbers,
): readonly KubernetesObject[] {
  const words = ['run', ...submission.recipe, ...openFlags(submission), '--queue', address];
  const step: Step = { name: 'coordinator', after: [], words };
  return [workersOf(submission, address, pod, numbers), jobOf(submission, step, pod, { suspend: false })];
}

const text = (objects: readonly KubernetesObject[]): string =>
  objects
    .map((object) => `---\n${stringify(object, { lineWidth: 0, aliasDuplicateObjects: false, version: '1.1' })}`)
    .join('');

/** Objects of Kubernetes on the standard output. */
export const kubernetes: Engine = {
  summary: 'print it as objects of Kubernetes: indexed Jobs, or with --queue a coordinator and workers',
  opensHere: false,
  options,
  readied(given) {
    const { parallelism = 4, concurrency = 1, unitsPerJob, queue, queueSecret, ...read } = readOptions(options, given);
    const { image = `fewstep:${versions().fewstep}`, volumeClaim = 'fewstep', cpu, memory, gpu } = read;
    const resources = { ...(cpu && { cpu }), ...(memory && { memory }), ...(gpu && { gpu }) };
    const numbers = { parallelism, concurrency, ...(unitsPerJob !== undefined && { perJob: unitsPerJob }) };
    const pod = { image, volumeClaim, ...resources };
    if (queue === undefined && queueSecret !== undefined)
      throw new UsageError('--queue-secret: expected --queue beside it');
    const address = queue && plainAddress(queue);
    return async (submission) => {
      refuseElsewhere(submission);
      if (address === undefined) {
        const objects = indexedJobs(submission, pod, numbers);
        return printed(following(submission.run, objects), objects);
      }
      const secret = { queueSecret: queueSecret ?? 'fewstep-queue' };
      return printed(besides(submission), queued(submission, { ...pod, ...secret }, address, numbers));
    };
  },
};

const printed = (head: string, objects: readonly KubernetesObject[]): Submitted => ({
  text: `${head}${text(objects)}`.trimEnd(),
  jobs: objects.map(({ metadata: { name } }) => ({ name })),
});
