import { type IIoK8sApiAppsV1Deployment, IoK8sApiAppsV1Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { type IIoK8sApiBatchV1Job, IoK8sApiBatchV1Job } from 'kubernetes-models/batch/v1/Job';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { kubernetes } from '../../../src/tasks/submit/kubernetes.ts';
import { secondStudent, smallSubmission } from './submission.ts';

/** Checks an object by the published schemas of Kubernetes, as kubernetes-models compiles them. */
const validate = (object: Printed): void =>
  (object.kind === 'Job'
    ? new IoK8sApiBatchV1Job(object as unknown as IIoK8sApiBatchV1Job)
    : new IoK8sApiAppsV1Deployment(object as unknown as IIoK8sApiAppsV1Deployment)
  ).validate();

interface Printed {
  readonly kind: 'Job' | 'Deployment';
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly suspend?: boolean;
    readonly completionMode?: string;
    readonly replicas?: number;
    readonly template: { readonly spec: { readonly containers: readonly [Container] } };
  };
}

interface Container {
  readonly args: readonly string[];
  readonly env?: readonly unknown[];
}

const containerOf = (object: Printed | undefined): Container | undefined => object?.spec.template.spec.containers[0];

async function printed(given: Record<string, string>, submission = smallSubmission()) {
  const { text } = await kubernetes.readied(given)(submission);
  const objects = parseAllDocuments(text, { version: '1.1' }).map((document) => document.toJS() as Printed);
  return { text, objects };
}

/** Every place in a value, by its way. */
const places = (value: unknown, way: readonly string[] = []): string[][] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, part]) => [[...way, key], ...places(part, [...way, key])])
    : [];

function changed(object: Printed, [key = '', ...rest]: readonly string[], to: (before: unknown) => unknown): Printed {
  const copy = structuredClone(object) as unknown as Record<string, unknown>;
  copy[key] = rest.length === 0 ? to(copy[key]) : changed(copy[key] as Printed, rest, to);
  return (Array.isArray(object) ? Object.values(copy) : copy) as unknown as Printed;
}

const full = { cpu: '2', memory: '4Gi', gpu: '1', parallelism: '7', concurrency: '2' };

describe.each([
  ['indexed jobs', {}],
  ['workers and a coordinator', { queue: 'redis://redis:6379' }],
])('%s', (_, mode) => {
  test('are what the published schemas of Kubernetes admit', async () => {
    const { objects } = await printed({ ...full, ...mode });
    for (const object of objects) expect(() => validate(object)).not.toThrow();
  });

  test('have no field that these schemas do not know: each holds a value that they check', async () => {
    const { objects } = await printed({ ...full, ...mode });
    for (const object of new Map(objects.map((one) => [one.kind + (one.spec.completionMode ?? ''), one])).values())
      for (const way of places(object)) {
        const wrong = (before: unknown) => (typeof before === 'string' || typeof before === 'number' ? true : 'no');
        expect(() => validate(changed(object, way, wrong)), way.join('.')).toThrow();
      }
  });
});

describe('indexed jobs', () => {
  test('follow each other, each with a part of the units for every index', async () => {
    const { objects, text } = await printed({ parallelism: '3' }, smallSubmission(secondStudent, 'seeds=[1, 2]'));
    const names = objects.map(({ metadata: { name } }) => name);
    expect(names[0]).toMatch(/^small-[0-9a-f]{12}-open$/);
    expect(text.slice(0, text.indexOf('---'))).toContain(
      `job/${names[0]} &&\n#   for job in ${names.slice(1).join(' ')}; do`,
    );
    expect(objects.map(({ spec }) => spec.suspend)).toEqual([undefined, ...names.slice(1).map(() => true)]);
    const students = objects.find(({ metadata: { name } }) => name.endsWith('students-1'));
    expect(students?.spec).toMatchObject({ completionMode: 'Indexed', completions: 2, parallelism: 3 });
    expect(containerOf(students)?.args.slice(2)).toEqual([
      '--kind',
      'students',
      '--wave',
      '1',
      '--shard',
      '$(JOB_COMPLETION_INDEX)/2',
    ]);
    expect(containerOf(objects[0])?.args).toEqual(['submit', 'small.yaml']);
  });

  test('let Kubernetes expand nothing in words of the user’s', async () => {
    const recipe = ['a $(HOME).yaml', '--set', 'name=$$x'];
    const { objects } = await printed({}, { ...smallSubmission(), recipe });
    expect(containerOf(objects[0])?.args).toEqual(['submit', 'a $$(HOME).yaml', '--set', 'name=$$$$x']);
  });

  test('have names that pods can have, also of the longest recipe', async () => {
    const { objects } = await printed({}, { ...smallSubmission(), run: `${'a-'.repeat(32)}-0123456789ab` });
    for (const { metadata } of objects) {
      expect(metadata.name).toMatch(/^[a-z0-9]([a-z0-9-]{0,56})$/);
      expect(metadata.name).toContain('-0123456789ab-');
    }
  });
});

describe('a queue', () => {
  test('is asked with a password from a Secret, and with none of an address', async () => {
    const { text, objects } = await printed({ queue: 'rediss://redis:6379', queueSecret: 'mine', parallelism: '9' });
    const [workers, coordinator] = objects;
    expect(workers?.spec.replicas).toBe(9);
    for (const object of objects)
      expect(containerOf(object)?.env?.[1]).toEqual({
        name: 'FEWSTEP_QUEUE_PASSWORD',
        valueFrom: { secretKeyRef: { name: 'mine', key: 'password', optional: true } },
      });
    expect(containerOf(coordinator)?.args).toEqual(['run', 'small.yaml', '--queue', 'rediss://redis:6379']);
    expect(text).toContain(`kubectl delete deployment/${workers?.metadata.name}\n`);
    const secret = () => kubernetes.readied({ queue: 'redis://:hunter2@redis:6379' });
    expect(secret).toThrow(/--queue: expected no name or password/);
    expect(secret).not.toThrow(/hunter2/);
  });

  test('has workers that may load what the coordinator may', async () => {
    const submission = { ...smallSubmission(), plugins: ['--allow-plugins'] };
    const { objects } = await printed({ queue: 'redis://redis', concurrency: '2' }, submission);
    expect(containerOf(objects[0])?.args.slice(3)).toEqual([
      '--provider',
      'cpu',
      '--concurrency',
      '2',
      '--allow-plugins',
    ]);
    expect(containerOf(objects[1])?.args).toContain('--allow-plugins');
  });

  test('has no secret without an address, and a recipe is one that pods have', async () => {
    expect(() => kubernetes.readied({ queueSecret: 'x' })).toThrow('--queue-secret: expected --queue beside it');
    for (const recipe of ['/tmp/a.yaml', '../a.yaml', 'a/../../b.yaml'])
      await expect(printed({}, { ...smallSubmission(), recipe: [recipe] })).rejects.toThrow(
        /expected a recipe in the working folder/,
      );
  });
});
