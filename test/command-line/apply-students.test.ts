import { describe, expect, it } from 'vitest';
import { writeStudent } from '../../src/distillation/student/file.ts';
import { studentFromScratch } from '../../src/distillation/student/network.ts';
import { readSafetensors, writeSafetensors } from '../../src/ground/file/safetensors.ts';
import type { HostTensor } from '../../src/ground/host-tensor.ts';
import { stream } from '../../src/ground/random/philox.ts';
import { relativeError } from '../eager.ts';
import { importedTeachers } from './applied-teachers.ts';
import { runFewstep } from './run-fewstep.ts';

const { inFolder } = importedTeachers([]);

describe('apply', () => {
  it('applies students: u, the next state, and whole runs', async () => {
    const config = { token: 4, condition: 5, width: 8, depth: 1, timeScale: 1 };
    const fresh = studentFromScratch(config, 1);
    const random = stream('student', 1);
    const parameters = Object.fromEntries(
      Object.entries(fresh).map(([name, { shape, data }]) => [
        name,
        { shape, data: random.normal(data.length).map((value) => value / 4) },
      ]),
    );
    const path = inFolder('student.safetensors');
    await writeStudent(path, { parameters, config, sampler: 'flow-map', metadata: {} });
    const tensor = (...shape: number[]) => ({ shape, data: random.normal(shape.reduce((a, b) => a * b, 1)) });
    const [inputs, out] = [inFolder('s-in.safetensors'), inFolder('s-out.safetensors')];
    const half = (value: number) => ({ shape: [2], data: new Float32Array(2).fill(value) });
    const given = { x: tensor(2, 4), s: half(0), t: half(0.5), c: tensor(2, 5), c_uncond: tensor(2, 5), w: half(2) };
    await writeSafetensors(inputs, given);
    await runFewstep('apply', path, '--inputs', inputs, '--out', out);
    const { u, x_next } = await readSafetensors(out);
    const next = given.x.data.map((value, i) => value + 0.5 * (u?.data[i] ?? Number.NaN));
    expect(relativeError(x_next?.data ?? [], next)).toBeLessThan(1e-6);
    await runFewstep('apply', path, '--inputs', inputs, '--out', out, '--output', 'trajectory', '--steps', '2');
    const { x, t } = await readSafetensors(out);
    expect([x?.shape, [...(t?.data ?? [])]]).toEqual([
      [3, 2, 4],
      [0, 0.5, 1],
    ]);
    expect(relativeError(x?.data.slice(8, 16) ?? [], next)).toBeLessThan(1e-6);
    const times = { 'flow-map': { 3: [0, 0.5, 0.75, 1] } };
    await writeStudent(path, { parameters, config, sampler: 'flow-map', times, metadata: {} });
    await runFewstep('apply', path, '--inputs', inputs, '--out', out, '--output', 'trajectory', '--steps', '3');
    const own = await readSafetensors(out);
    expect([...(own.t?.data ?? [])]).toEqual([0, 0.5, 0.75, 1]);
    expect(relativeError(own.x?.data.slice(8, 16) ?? [], next)).toBeLessThan(1e-6);
  });

  it('scales the noise of a student that has factors on it', async () => {
    const config = { token: 4, condition: 5, width: 8, depth: 1, timeScale: 1 };
    const student = { parameters: studentFromScratch(config, 1), config, sampler: 'consistency-renoised' } as const;
    const [path, inputs, out] = ['noisy', 'noisy-in', 'noisy-out'].map((name) => inFolder(`${name}.safetensors`));
    const random = stream('noisy', 1);
    const tensor = (shape: readonly number[], factor = 1) => ({
      shape,
      data: random.normal(shape.reduce((a, b) => a * b, 1)).map((value) => value * factor),
    });
    const context = { c: tensor([2, 5]), c_uncond: tensor([2, 5]), w: { shape: [2], data: Float32Array.of(2, 2) } };
    const [noise, z] = [tensor([2, 4]), tensor([1, 2, 4])];
    const times = ({ shape, data }: typeof noise, factor: number) => ({
      shape,
      data: data.map((value) => value * factor),
    });
    const states = async (given: Record<string, HostTensor>, scales?: readonly number[]) => {
      const own = scales && { noiseScales: { 'consistency-renoised': { 2: scales } } };
      await writeStudent(path ?? '', { ...student, ...own, metadata: {} });
      await writeSafetensors(inputs ?? '', { ...context, ...given });
      const how = ['--output', 'trajectory', '--steps', '2'];
      await runFewstep('apply', path ?? '', '--inputs', inputs ?? '', '--out', out ?? '', ...how);
      return (await readSafetensors(out ?? '')).x?.data ?? [];
    };
    const byHand = await states({ noise: times(noise, 1.5), z: times(z, 0.5) });
    expect(relativeError(await states({ noise, z }, [1.5, 0.5]), byHand)).toBeLessThan(1e-6);
    expect(relativeError(await states({ noise, z }), byHand)).toBeGreaterThan(0.1);
  });
});
