import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { statusLine, statusText } from '../../src/command-line/status-text.ts';
import { FileError } from '../../src/ground/errors.ts';
import { type RunPlan, writePlan } from '../../src/tasks/plan.ts';
import type { TaskRecord } from '../../src/tasks/record.ts';
import { type StatusFacts, statusOf, statusReader } from '../../src/tasks/status.ts';
import { makersOf, workerShares } from '../../src/tasks/who.ts';
import { runFewstep } from '../command-line/run-fewstep.ts';

const now = Date.parse('2026-12-01T12:00:00.000Z');
const machine = { cpu: 'Xeon', node: 'v20' };
const ago = (seconds: number): string => new Date(now - 1000 * seconds).toISOString();
const record = (state: TaskRecord['state'], rest: Partial<TaskRecord> = {}): TaskRecord => ({
  ...{ state, worker: 'a:1', machine, since: ago(10), heard: ago(5), attempts: 1, ...rest },
});

const plan: RunPlan = {
  ...{ format: 1, place: '0123456789abcdef', threads: 1, provider: 'cpu', machine, mixed: false },
  groups: [
    { kind: 'trajectories', after: [], writes: 'trajectories/{id}.safetensors', units: ['s0', 's1', 's2', 's3', 's4'] },
    { kind: 'students', after: ['trajectories'], writes: 'training/{id}/manifest.json', units: ['one-seed1'] },
    { kind: 'solvers', after: [], writes: 'solvers/{id}.json', units: [] },
  ],
};

const facts = (trajectories: Record<string, TaskRecord>, present: string[]): StatusFacts => ({
  ...{ plan, now, coordinated: false },
  records: new Map([['trajectories', new Map(Object.entries(trajectories))]]),
  present: new Map([['trajectories', new Set(present)]]),
});

describe('the status of a run', () => {
  test('tells by outputs what is done, whatever records say, and by records all else', () => {
    const status = statusOf(
      facts(
        {
          s0: record('done', { seconds: 4 }),
          s1: record('failed', { error: 'disk full', attempts: 3 }), // its output is there
          s2: record('done', { seconds: 4 }), // its output is gone
          s3: record('running'),
          s4: record('failed', { error: 'no memory', attempts: 2 }),
        },
        ['s0', 's1'],
      ),
    );
    const [kind] = status.kinds;
    expect(kind).toMatchObject({ units: 5, done: 2, waiting: 1, medianSeconds: 4 });
    expect(kind?.running).toEqual([{ id: 's3', worker: 'a:1', since: ago(10), silentSeconds: 5, lost: false }]);
    expect(kind?.failed).toEqual([{ id: 's4', worker: 'a:1', attempts: 2, error: 'no memory' }]);
  });

  test('counts a unit that was kept from before as done', () => {
    expect(statusOf(facts({}, ['s0', 's4'])).kinds[0]).toMatchObject({ done: 2, waiting: 3 });
  });

  test('leaves out kinds without units', () => {
    expect(statusOf(facts({}, [])).kinds.map(({ kind }) => kind)).toEqual(['trajectories', 'students']);
  });

  test('estimates what is left by the median, shared by those at work', () => {
    const running = { since: ago(4), heard: ago(1) };
    const status = statusOf(
      facts(
        {
          s0: record('done', { seconds: 10 }),
          s1: record('running', running),
          s2: record('running', { ...running, worker: 'b:1' }),
        },
        ['s0'],
      ),
    );
    expect(status.kinds[0]?.etaSeconds).toBe((2 * 10 + 2 * 6) / 2);
    expect(status.kinds[1]?.etaSeconds).toBeUndefined(); // nothing of it was measured
    expect(status.etaSeconds).toBeUndefined();
  });

  test('takes a worker that is silent for a minute for gone, and nobody for at work then', () => {
    const status = statusOf(
      facts({ s0: record('done', { seconds: 10 }), s1: record('running', { heard: ago(61) }) }, ['s0']),
    );
    expect(status.kinds[0]?.running[0]).toMatchObject({ silentSeconds: 61, lost: true });
    expect(status.kinds[0]?.etaSeconds).toBeUndefined();
    const heard = statusOf(facts({ s1: record('running', { heard: ago(59) }) }, []));
    expect(heard.kinds[0]?.running[0]?.lost).toBe(false);
  });

  test('names machines that are not as the plan’s', () => {
    const other = { ...machine, cpu: 'EPYC' };
    const status = statusOf(
      facts({ s0: record('done'), s1: record('done', { machine: other, worker: 'b:2' }), s2: record('done') }, []),
    );
    expect(status.otherMachines).toEqual([{ host: 'b', units: 1, differences: ['cpu Xeon in the plan, EPYC here'] }]);
  });

  test('is shown in bounded lists and in one line', () => {
    const units = Array.from({ length: 40 }, (_, index) => `s${index}`);
    const failed = new Map(units.map((id) => [id, record('failed', { error: 'x'.repeat(900) })]));
    const groups = [{ kind: 'trajectories' as const, after: [], writes: 'trajectories/{id}', units }];
    const status = statusOf({
      ...{ plan: { ...plan, groups }, now, coordinated: true },
      records: new Map([['trajectories', failed]]),
      present: new Map(),
    });
    const text = statusText({ ...status, run: 'runs/x' }, now);
    expect(text).toContain('and 28 more');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(250);
    expect(statusLine(status)).toBe('trajectories 0/40, 40 failed');
  });
});

describe('who did how much', () => {
  const records = new Map([
    [
      'trajectories' as const,
      new Map([
        ['s0', record('done', { seconds: 1 })],
        ['s1', record('done', { seconds: 2, worker: 'a:2' })],
        ['s2', record('running')],
        ['s3', record('failed', { seconds: 9 })],
      ]),
    ],
    ['metrics' as const, new Map([['m', record('done', { seconds: 4, worker: 'a:2' })]])],
  ]);

  test('is told by worker, of what was done', () => {
    expect(workerShares(records)).toEqual([
      { worker: 'a:2', cpu: 'Xeon', units: 2, seconds: 6 },
      { worker: 'a:1', cpu: 'Xeon', units: 1, seconds: 1 },
    ]);
  });

  test('is told by machine where more than one process worked; machines of several kinds are mixed', () => {
    const units = { trajectories: 2, metrics: 1 };
    expect(makersOf(records)).toEqual({ mixed: false, machines: [{ host: 'a', cpu: 'Xeon', units, seconds: 7 }] });
    const one = new Map([['metrics' as const, new Map([['m', record('done')]])]]);
    expect(makersOf(one)).toBeUndefined();
    const two = new Map([
      ...one,
      ['samples' as const, new Map([['m', record('done', { worker: 'b:1', machine: { ...machine, node: 'v22' } })]])],
    ]);
    expect(makersOf(two)).toMatchObject({ mixed: true, machines: [{ host: 'a' }, { host: 'b' }] });
    const alike = new Map([...one, ['samples' as const, new Map([['m', record('done', { worker: 'b:1' })]])]]);
    expect(makersOf(alike)).toMatchObject({ mixed: false, machines: [{ host: 'a' }, { host: 'b' }] });
  });
});

describe('reading a status', () => {
  let run = '';
  beforeAll(async () => {
    run = await mkdtemp(join(tmpdir(), 'fewstep-status-'));
    await writePlan(run, plan);
    await mkdir(join(run, 'trajectories'));
    await writeFile(join(run, 'trajectories/s0.safetensors'), '');
    await mkdir(join(run, 'training/one-seed1'), { recursive: true });
    await mkdir(join(run, 'tasks/trajectories'), { recursive: true });
    await writeFile(join(run, 'tasks/trajectories/s0.json'), '{"state": "do');
    await writeFile(join(run, 'tasks/trajectories/s1.json'), JSON.stringify(record('running', { attempts: 0 })));
    await mkdir(join(run, 'tasks/trajectories/s2.json'));
    await writeFile(join(run, 'tasks/trajectories/..json'), '{}');
    await writeFile(join(run, 'tasks/trajectories/s4.json'), JSON.stringify(record('failed', { error: 'why' })));
  });
  afterAll(() => rm(run, { recursive: true }));

  test('passes over damaged records', async () => {
    const { kinds } = await statusReader(run)();
    expect(kinds[0]).toMatchObject({ done: 1, waiting: 3, running: [], failed: [{ id: 's4', error: 'why' }] });
    expect(kinds[1]).toMatchObject({ done: 0, waiting: 1 }); // a folder without its manifest
  });

  test('sees what has changed since', async () => {
    const read = statusReader(run);
    await read();
    const path = join(run, 'tasks/trajectories/s3.json');
    await writeFile(path, JSON.stringify(record('done', { seconds: 1 })));
    expect((await read()).kinds[0]).toMatchObject({ done: 1, waiting: 3 });
    await writeFile(join(run, 'trajectories/s3.safetensors'), '');
    expect((await read()).kinds[0]).toMatchObject({ done: 2, waiting: 2 });
    await rm(path);
  });

  test('is a command, as text and JSON; a damaged plan is a FileError in one line', async () => {
    expect(await runFewstep('status', run)).toContain('trajectories');
    expect(JSON.parse(await runFewstep('status', run, '--json'))).toMatchObject({ run, coordinated: false });
    await writeFile(join(run, 'plan.json'), '{"format": 1}');
    await expect(runFewstep('status', run)).rejects.toThrow(FileError);
    await rm(join(run, 'plan.json'));
    await expect(runFewstep('status', join(run, 'nothing'))).rejects.toThrow(/expected a recipe, the folder of a run/);
  });
});
