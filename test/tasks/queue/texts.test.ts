import { describe, expect, it } from 'vitest';
import { withoutPassword } from '../../../src/command-line/queue-option.ts';
import { DivergedError, EngineError, UsageError } from '../../../src/ground/errors.ts';
import { decidingParts, differences } from '../../../src/tasks/machine.ts';
import { checkAddress, shownAddress } from '../../../src/tasks/queue/connection.ts';
import { failureOf, failureText } from '../../../src/tasks/queue/failure-text.ts';
import { jobIdOf, queueName } from '../../../src/tasks/queue/names.ts';
import { taskSchema } from '../../../src/tasks/task.ts';

describe('the address of a queue', () => {
  it.each(['redis://localhost', 'redis://localhost:6379', 'rediss://user:word@host:6380/2', 'redis://[::1]:6379/'])(
    'is taken: %s',
    (address) => expect(() => checkAddress(address)).not.toThrow(),
  );

  it.each(['localhost:6379', 'http://localhost', 'redis://', 'redis://host/name', 'redis://host/1/2', 's:ecret'])(
    'is refused without being repeated: %s',
    (address) => {
      expect(() => checkAddress(address)).toThrow(UsageError);
      expect(() => checkAddress(address)).toThrow(/^--queue: expected redis:\/\/host:6379/);
    },
  );

  it('is shown without its password', () => {
    expect(shownAddress('rediss://user:word@host/2')).toBe('rediss://host:6379/2');
    const line = "fewstep run 'recipes/a.yaml' --queue redis://user:word@host:7000 --mixed";
    expect(withoutPassword(line)).toBe("fewstep run 'recipes/a.yaml' --queue redis://host:7000 --mixed");
  });
});

const machine = { fewstep: '0.1.0', node: 'v20', onnxruntime: '1', tfjs: '4', platform: 'linux x64', cpu: '2 × A' };

describe('machines', () => {
  it('make the same bytes with any number of the same cores and any memory', () => {
    expect(differences(machine, { ...machine, cpu: '64 × A', memory: '1 GiB' })).toEqual([]);
    expect(decidingParts({ ...machine, memory: '1 GiB' })).toEqual({ ...machine, cpu: 'A' });
  });

  it.each(['fewstep', 'node', 'onnxruntime', 'tfjs', 'platform', 'cpu'])('make others where %s differs', (name) =>
    expect(differences(machine, { ...machine, [name]: 'B' })).toEqual([
      `${name} ${name === 'cpu' ? 'A' : machine[name as keyof typeof machine]} in the plan, B here`,
    ]),
  );

  it('of a kind have a queue of their own; those of any kind share one', () => {
    const of = { provider: 'cpu', versions: machine, mixed: false };
    expect(queueName(of)).toBe(queueName({ ...of, versions: { ...machine, cpu: '8 × A' } }));
    expect(queueName(of)).not.toBe(queueName({ ...of, versions: { ...machine, cpu: '2 × B' } }));
    expect(queueName({ ...of, mixed: true })).toBe('cpu-mixed');
  });
});

describe('a unit in a queue', () => {
  const unit = { run: 'a-0123456789ab', place: '0123456789abcdef', kind: 'samples', id: 'x-1' } as const;

  it('is named by all that tells it from others', () => {
    expect(taskSchema.parse(unit)).toEqual(unit);
    expect(jobIdOf(unit)).toBe('a-0123456789ab.0123456789abcdef.samples.x-1');
  });

  it.each<[string, object]>([
    ['a path as run', { run: '../a-0123456789ab' }],
    ['a run without its hash', { run: 'a' }],
    ['a path as unit', { id: '../x' }],
    ['a hidden file as unit', { id: '.x' }],
    ['another kind', { kind: 'shell' }],
    ['more', { path: '/x' }],
    ['no place', { place: undefined }],
    ['a break in its name', { id: 'x\n' }],
  ])('is refused with %s', (_, part) => expect(taskSchema.safeParse({ ...unit, ...part }).success).toBe(false));
});

describe('a failure', () => {
  it('keeps its kind and says where it happened', () => {
    const error = failureOf('students/a', failureText(new DivergedError('a: step 3: NaN')));
    expect(error).toBeInstanceOf(DivergedError);
    expect(error.message).toMatch(/^students\/a on .+:\d+: a: step 3: NaN$/);
  });

  it.each(['job stalled more than allowable limit', '{"code":"__proto__","message":"x","worker":"y"}', '[1'])(
    'of another text is of the engine: %s',
    (text) => {
      const error = failureOf('students/a', text);
      expect(error).toBeInstanceOf(EngineError);
      expect(error.message).toBe(`students/a: ${text}`);
    },
  );
});
