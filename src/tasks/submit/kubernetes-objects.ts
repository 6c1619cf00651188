/** Jobs and Deployments of a run. */
import { exitCodes, type FlowErrorCode } from '../../ground/errors.ts';
import type { Submission } from './engine.ts';
import { type PodOptions, podTemplate } from './kubernetes-pod.ts';
import type { Step } from './steps.ts';

/** An object as `kubectl apply` takes it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [part: string]: unknown };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** How many of a name's letters are a recipe's: names of pods, which have an index and more after them, end at 63. */
const OWN_LETTERS = 20;

/** A run's name and hash, shortened. */
const shortName = ({ run }: Pick<Submission, 'run'>): string => {
  const dash = run.lastIndexOf('-');
  return `${run.slice(0, Math.min(dash, OWN_LETTERS)).replace(/-+$/, '')}${run.slice(dash)}`;
};

/** The name of a step's object, at most 57 characters. */
export const nameOf = (submission: Pick<Submission, 'run'>, step: string): string => `${shortName(submission)}-${step}`;

const labelsOf = (submission: Submission, step: string) => ({
  'app.kubernetes.io/name': 'fewstep',
  'app.kubernetes.io/instance': shortName(submission),
  'app.kubernetes.io/component': step,
});

/** Mistakes that no other try mends. */
const final: readonly FlowErrorCode[] = ['usage', 'recipe', 'data', 'diverged', 'plugin'];

/** How often a pod is tried, and an index of an indexed job. */
const TRIES = 6;

/** What is made of a pod's failure: a lost machine and a folder that another process holds are no fault of the job. */
const failurePolicy = (indexed: boolean) => ({
  rules: [
    { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
    { action: 'Ignore', onExitCodes: { operator: 'In', values: [exitCodes.busy] } },
    {
      action: indexed ? 'FailIndex' : 'FailJob',
      onExitCodes: { operator: 'In', values: final.map((code) => exitCodes[code]).sort((a, b) => a - b) },
    },
  ],
});

/** How a job runs. */
interface JobNumbers {
  /** Whether it waits until someone lets it run. */
  readonly suspend: boolean;
  /** Of an indexed job: into how many parts its units are put, how many pods are at them at once, and units at a time. */
  readonly indexes?: { readonly parts: number; readonly parallelism: number; readonly concurrency: number };
}

/** The Job of a step: indexed over the parts of its units, or one pod. */
export function jobOf(
  submission: Submission,
  step: Step,
  pod: PodOptions,
  { suspend, indexes }: JobNumbers,
): KubernetesObject {
  const { plan } = submission;
  const labels = labelsOf(submission, step.name);
  const indexed = indexes !== undefined;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: nameOf(submission, step.name),
      labels,
      annotations: {
        'fewstep/run': submission.run,
        ...(step.after.length > 0 && { 'fewstep/after': step.after.join(',') }),
      },
    },
    spec: {
      ...(suspend && { suspend }),
      ...(indexes === undefined
        ? { backoffLimit: TRIES }
        : {
            ...{ completionMode: 'Indexed', completions: indexes.parts, parallelism: indexes.parallelism },
            backoffLimitPerIndex: TRIES,
          }),
      podFailurePolicy: failurePolicy(indexed),
      template: podTemplate(pod, {
        words: step.words,
        ...(indexes && { expanded: ['--shard', `$(JOB_COMPLETION_INDEX)/${indexes.parts}`] }),
        threads: step.light ? 1 : plan.threads * (indexes?.concurrency ?? 1),
        ...{ units: !step.light, restart: 'Never', labels },
      }),
    },
  };
}

/** The Deployment of workers that take units from a queue. */
export function workersOf(
  submission: Submission,
  address: string,
  pod: PodOptions,
  { parallelism: replicas, concurrency }: { readonly parallelism: number; readonly concurrency: number },
): KubernetesObject {
  const { plan } = submission;
  const labels = labelsOf(submission, 'workers');
  const words = [
    'worker',
    '--queue',
    address,
    '--provider',
    plan.provider,
    '--concurrency',
    String(concurrency),
    ...submission.plugins,
  ];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: nameOf(submission, 'workers'), labels, annotations: { 'fewstep/run': submission.run } },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: podTemplate(pod, {
        ...{ words, threads: plan.threads * concurrency, units: true, restart: 'Always', labels },
      }),
    },
  };
}
