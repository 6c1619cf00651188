import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withExecutor } from '../../../src/command-line/queue-option.ts';
import { UsageError } from '../../../src/ground/errors.ts';
import { openMirror } from '../../../src/tasks/store/open-mirror.ts';
import { s3Place } from '../../../src/tasks/store/s3-place.ts';
import { openStore } from '../../../src/tasks/store/table.ts';
import { smallRun } from '../../small-recipe.ts';
import { type TwoMachines, twoMachines } from './two-machines.ts';

let machines: TwoMachines;
beforeAll(async () => {
  machines = await twoMachines();
});
afterAll(() => machines.remove());

describe('the address of a store', () => {
  it('is a bucket with a prefix, or a folder that is there', async () => {
    expect(s3Place('s3://bucket')).toEqual({ bucket: 'bucket', prefix: '' });
    expect(s3Place('s3://bucket/a/b-c/')).toEqual({ bucket: 'bucket', prefix: 'a/b-c/' });
    const { signal } = new AbortController();
    await expect(openStore(join(machines.root, 'none'), signal)).rejects.toThrow('no such file or folder');
    await expect(openStore('gs://bucket', signal)).rejects.toThrow(
      '--store: expected s3://bucket/prefix or a folder that all machines see, got gs://…',
    );
  });

  it.each([
    's3://',
    's3://key:secret@bucket/x',
    's3://bucket/../other',
    's3://bucket/a//b',
    's3://Bucket',
    's3://bucket?x=y',
  ])('is refused without being repeated: %s', (address) => {
    expect(() => s3Place(address)).toThrow(UsageError);
    expect(() => s3Place(address)).not.toThrow('secret');
  });

  it('is not the folder of runs', async () => {
    const { signal } = new AbortController();
    const { runs } = machines.one;
    await expect(openMirror(runs, { runs, note: () => undefined, signal })).rejects.toThrow(
      'expected another folder than',
    );
  });

  it('is of no use without a queue', async () => {
    const terminal = { note: () => undefined, signal: new AbortController().signal };
    const run = withExecutor(smallRun(), { store: machines.root }, terminal, async () => 'done');
    await expect(run).rejects.toThrow('--store: expected --queue <address> beside it');
  });
});
