import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { evaluateReference, type ReferenceOptions } from '../../../src/evaluation/reference/evaluate-reference.ts';
import { DataError } from '../../../src/ground/errors.ts';
import { readSafetensors, writeSafetensors } from '../../../src/ground/file/safetensors.ts';
import type { HostTensor } from '../../../src/ground/host-tensor.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { recordedProgress } from '../../recorded-progress.ts';
import { tensor, tiny, writtenReference, writtenStill } from './written-reference.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-reference-'));
});
afterAll(() => rm(folder, { recursive: true }));

const evaluate = (options: Pick<ReferenceOptions, 'reference' | 'students'> & Partial<ReferenceOptions>) =>
  evaluateReference({ steps: [1, 2], seed: 1, engine: cpuEngine(), progress: recordedProgress(), ...options });

describe('students against a reference', () => {
  it('are rows at each step count, told by their files, beside the floor', async () => {
    const path = await writtenStill(folder, 'a', { metadata: { name: 'one', method: 'trajectory', seed: '7' } });
    const reference = await writtenReference(folder);
    const { students, ...others } = await evaluate({ reference, students: [path] });
    const told = { student: 'one', path, method: 'trajectory', seed: 7, sampler: 'flow-map' };
    expect(students).toMatchObject([
      {
        ...told,
        steps: 1,
        nfe: 1,
        energyDistance: { value: -0.5, standardError: 0.5 },
        endpointError: { value: 4.75 },
      },
      {
        ...told,
        steps: 2,
        nfe: 2,
        energyDistance: { value: -0.5, standardError: 0.5 },
        endpointError: { value: 4.75 },
      },
    ]);
    expect(others).toMatchObject({
      ...{ reference, seed: 1, sizes: { contexts: 2, draws: 2, condition: 3, token: 1 } },
      floor: { value: 1.5, standardError: 2.5 },
    });
    expect(Object.keys(others)).not.toContain('solvers');
  });

  it("have rows by their method's second sampler at more than one step, with noise of the seed", async () => {
    const students = [await writtenStill(folder, 'c', { metadata: { method: 'phased-consistency' } })];
    const at = async (seed: number) => {
      const fresh = stream('reference', seed, 2, 'fresh', 0).normal(4);
      const halfway = Array.from(fresh, (z, i) => 0.5 * z + 0.5 * (tiny.x0?.data[i] ?? 0));
      const reference = await writtenReference(folder, { x1: tensor([2, 2, 1], ...halfway) });
      return (await evaluate({ reference, students, seed })).students;
    };
    for (const seed of [1, 2]) {
      const rows = await at(seed);
      expect(rows.map(({ sampler, steps }) => [sampler, steps])).toEqual([
        ['flow-map', 1],
        ['flow-map', 2],
        ['consistency-renoised', 2],
      ]);
      expect(rows.map(({ endpointError }) => (endpointError?.value ?? 0) < 1e-9)).toEqual([false, false, true]);
    }
  });

  it('that have times of their own are measured at these and in equal steps, beside each other', async () => {
    const times = { 'flow-map': { 2: [0, 0.75, 1] }, 'consistency-renoised': { 2: [0, 0.25, 1] } };
    const students = [await writtenStill(folder, 't', { metadata: { method: 'phased-consistency' }, times })];
    const fresh = stream('reference', 1, 2, 'fresh', 0).normal(4);
    const quarter = Array.from(fresh, (z, i) => 0.75 * z + 0.25 * (tiny.x0?.data[i] ?? 0));
    const reference = await writtenReference(folder, { x1: tensor([2, 2, 1], ...quarter) });
    const rows = (await evaluate({ reference, students })).students;
    expect(rows.map(({ sampler, steps, times }) => [sampler, steps, times])).toEqual([
      ['flow-map', 1, undefined],
      ['flow-map', 2, [0, 0.75, 1]],
      ['flow-map', 2, undefined],
      ['consistency-renoised', 2, [0, 0.25, 1]],
      ['consistency-renoised', 2, undefined],
    ]);
    expect(rows.map(({ endpointError }) => (endpointError?.value ?? 0) < 1e-9)).toEqual([
      ...[false, false, false],
      ...[true, false],
    ]);
  });

  it('that take one step alone are measured at one', async () => {
    const metadata = { method: 'rectified-flow-distilled' };
    const students = [await writtenStill(folder, 'r', { sampler: 'velocity', metadata })];
    const found = await evaluate({ reference: await writtenReference(folder), students });
    expect(found.students.map(({ student, steps }) => [student, steps])).toEqual([['r', 1]]);
  });

  it.each([
    [{ condition: 4 }, 'tensor h: expected shape [2, 4] for the student'],
    [{ token: 2 }, 'tensor x0: expected shape [2, 2, 2] for the student'],
  ])('of other sizes are refused before any is measured: %j', async (sizes, message) => {
    const students = [await writtenStill(folder, 'fits'), await writtenStill(folder, 'odd', sizes)];
    const progress = recordedProgress();
    const error = await evaluate({ reference: await writtenReference(folder), students, progress }).catch((e) => e);
    expect(error).toBeInstanceOf(DataError);
    expect(error.message).toContain(`${message} ${students[1]}, got [2, `);
    expect(progress.stages).toEqual([]);
  });

  it('that hear the image alone are refused', async () => {
    const path = await writtenStill(folder, 'image', { guidance: 'three-way' });
    await expect(evaluate({ reference: await writtenReference(folder), students: [path] })).rejects.toThrow(
      `${path}: expected a student that is guided by a prompt alone, got one that also hears the image`,
    );
  });

  it('tell how far they are, and stop where they are told to', async () => {
    const students = [await writtenStill(folder, 'a'), await writtenStill(folder, 'b')];
    const [reference, progress] = [await writtenReference(folder), recordedProgress()];
    await evaluate({ reference, students, progress });
    expect(progress.stages).toEqual([{ name: 'reference', total: 4, advances: [1, 2, 3, 4] }]);
    expect(progress.over).toEqual(['reference']);
    const stopped = evaluate({ reference, students, signal: AbortSignal.abort(new Error('enough')) });
    await expect(stopped).rejects.toThrow('enough');
  });
});

describe('solvers of an exact mixture against its reference', () => {
  const teacher = 'test/fixtures/mixture-teacher.safetensors';

  /** The fixture has one set of 16 draws: the first eight are its noise and ends, the last eight its other ends. */
  const reference = async (): Promise<string> => {
    const { h, w, x0, x1 } = (await readSafetensors('test/fixtures/mixture-reference.safetensors')) as Record<
      string,
      HostTensor<Float32Array>
    >;
    const half = (all: HostTensor<Float32Array> | undefined, second: number): HostTensor<Float32Array> => ({
      shape: [8, 8, 16],
      data: (all?.data ?? new Float32Array()).filter((_, i) => Math.floor(i / (8 * 16)) % 2 === second),
    });
    const path = join(folder, 'mixture.safetensors');
    const whole = { h: h as HostTensor, w: w as HostTensor };
    await writeSafetensors(path, { ...whole, x0: half(x0, 0), x1: half(x1, 0), x1_b: half(x1, 1) });
    return path;
  };

  it('come to its ends with more steps', async () => {
    const path = await reference();
    const { solvers = [], floor } = await evaluate({ reference: path, students: [], teacher, steps: [1, 32] });
    expect(solvers.map(({ solver, steps, nfe }) => [solver, steps, nfe])).toEqual([
      ['euler', 1, 2],
      ['euler', 32, 64],
      ['heun', 1, 4],
      ['heun', 32, 128],
      ['midpoint', 1, 4],
      ['midpoint', 32, 128],
    ]);
    for (const { steps, energyDistance, endpointError } of solvers) {
      if (steps === 1) expect(energyDistance.value).toBeGreaterThan(1);
      else expect(Math.abs(energyDistance.value - floor.value)).toBeLessThan(0.05);
      if (steps === 1) expect(endpointError?.value).toBeGreaterThan(1);
      else expect(endpointError?.value).toBeLessThan(0.1);
    }
  });

  it('are refused where the mixture is of other sizes', async () => {
    const path = await writtenReference(folder);
    await expect(evaluate({ reference: path, students: [], teacher })).rejects.toThrow(
      `${path}: tensor h: expected shape [2, 4] for the teacher ${teacher}, got [2, 3]`,
    );
  });
});
