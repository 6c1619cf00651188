import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../src/ground/file/safetensors.ts';
import type { HostTensor } from '../../src/ground/host-tensor.ts';
import { relativeError } from '../eager.ts';
import { insideHead } from '../teachers/imported/graph/inside-model.ts';
import { runFewstep } from './run-fewstep.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../engine/onnx-graph/fixtures/${name}`, import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-apply-graph-'));
  const words = ['teacher', 'import', fixture('swiglu-dynamo.onnx'), '--family', 'onnx', '--out'];
  await runFewstep(...words, join(folder, 'plain'));
  await runFewstep(...words, join(folder, 'reversed'), '--times', '1,0', '--predicts', 'negative-velocity');
});
afterAll(() => rm(folder, { recursive: true }));

/** PyTorch's inputs of the head, and its output. */
async function golden() {
  const all = await readSafetensors(fixture('swiglu.safetensors'));
  const [x, t, c, output] = ['input/x', 'input/t', 'input/c', 'output'].map((name) => all[name] as HostTensor) as [
    HostTensor,
    HostTensor,
    HostTensor,
    HostTensor,
  ];
  return { inputs: { x, t, c }, output };
}

/** What `apply` writes for tensors. */
async function applied(teacher: string, inputs: Record<string, HostTensor>, ...words: string[]) {
  const [from, to] = [join(folder, 'from.safetensors'), join(folder, 'to.safetensors')];
  await writeSafetensors(from, inputs);
  await runFewstep('apply', join(folder, teacher), '--inputs', from, '--out', to, ...words);
  return readSafetensors(to);
}

describe('apply, of a head that came as ONNX', () => {
  it('gives its own output at its own times, and the velocity of its flow at the flow’s', async () => {
    const { inputs, output } = await golden();
    const own = await applied('reversed', inputs);
    expect(relativeError(own.out?.data ?? [], output.data)).toBeLessThan(1e-5);
    const turned = { ...inputs.t, data: Float32Array.from(inputs.t.data, (t) => 1 - t) };
    const flow = await applied('reversed', { ...inputs, t: turned }, '--output', 'flow');
    const negative = Float32Array.from(output.data, (value) => -value);
    expect(relativeError(flow.out?.data ?? [], negative)).toBeLessThan(1e-5);
  });

  it('samples by Euler on its flow, each step along the velocity that it writes', async () => {
    const { inputs } = await golden();
    const run = await applied('plain', { noise: inputs.x, c: inputs.c }, '--output', 'trajectory', '--steps', '3');
    const { x, v, t } = run as Record<'x' | 'v' | 't', HostTensor<Float32Array>>;
    expect([x.shape, v.shape]).toEqual([
      [4, 3, 6],
      [3, 3, 6],
    ]);
    const expected = x.data.slice(0, 54).map((value, i) => value + (v.data[i] ?? 0) / 3);
    expect(relativeError(x.data.slice(18), expected)).toBeLessThan(1e-6);
    for (const [step, time] of t.data.entries()) {
      const part = (all: HostTensor): HostTensor => ({
        shape: [3, 6],
        data: all.data.slice(step * 18, step * 18 + 18),
      });
      const at = { x: part(x), t: { shape: [3], data: new Float32Array(3).fill(time) }, c: inputs.c };
      const { out } = await applied('plain', at, '--output', 'flow');
      expect(relativeError(out?.data ?? [], part(v).data)).toBeLessThan(1e-5);
    }
    expect(t.data[0]).toBe(0);
  });

  it('derives by its own time', async () => {
    const { inputs } = await golden();
    const { out_t_only: found } = await applied('plain', inputs, '--output', 'jvp');
    const at = async (by: number) =>
      (await applied('plain', { ...inputs, t: { ...inputs.t, data: Float32Array.from(inputs.t.data, (t) => t + by) } }))
        .out?.data as Float32Array;
    const [above, below] = [await at(1e-2), await at(-1e-2)];
    const slope = above.map((value, i) => (value - (below[i] ?? 0)) / 2e-2);
    expect(relativeError(found?.data ?? [], slope)).toBeLessThan(1e-2);
  });

  it('knows of no training loss, and of no other system’s sampler', async () => {
    const { inputs } = await golden();
    await expect(applied('plain', { 'in.target': inputs.x }, '--output', 'loss')).rejects.toThrow(
      '--output loss: no training loss is known of ONNX heads',
    );
    await expect(applied('plain', inputs, '--output', 'trajectory', '--solver', 'ddpm')).rejects.toThrow(
      '--solver: ONNX samples by flow-euler, flow-midpoint, got ddpm',
    );
  });

  it('hands a head that is guided inside its scale and both its states', async () => {
    const head = ['--family', 'onnx', '--out'];
    await runFewstep('teacher', 'import', await insideHead('plain'), ...head, join(folder, 'outside'));
    await runFewstep(
      'teacher',
      'import',
      await insideHead('inside-from-0'),
      ...head,
      join(folder, 'in'),
      '--unguided',
      '0',
    );
    const rows = (width: number, ...data: number[]): HostTensor => ({
      shape: [data.length / width, width],
      data: Float32Array.from(data),
    });
    const [c, other] = [rows(2, 0.3, -1, 0.5, 0.2), rows(2, -0.4, 0.1, 1, -0.6)];
    const both = rows(2, ...c.data, ...other.data);
    const x = rows(3, 0.1, -0.2, 0.7, 1.1, 0.4, -0.9);
    const at = { x, t: { shape: [2], data: Float32Array.of(0.25, 0.75) } };
    for (const output of ['velocity', 'flow', 'trajectory']) {
      const words = ['--output', output, ...(output === 'trajectory' ? ['--steps', '2'] : [])];
      const outside = await applied('outside', { ...at, c: both }, ...words, '--guidance', '2.5');
      const expected = (outside.out ?? outside.x)?.data as Float32Array;
      const stacked = await applied('in', { ...at, c: both }, ...words, '--guidance', '2.5');
      expect(relativeError((stacked.out ?? stacked.x)?.data ?? [], expected)).toBeLessThan(1e-6);
      const w = { shape: [2], data: Float32Array.of(2.5, 2.5) };
      const beside = await applied('in', { ...at, c, c_uncond: other, w }, ...words);
      expect(relativeError((beside.out ?? beside.x)?.data ?? [], expected)).toBeLessThan(1e-6);
    }
    await expect(applied('in', { ...at, c: both })).rejects.toThrow('this head takes a guidance scale');
    await expect(applied('in', { ...at, c: rows(2, 1, 2, 3, 4, 5, 6) }, '--guidance', '2')).rejects.toThrow(
      'expected two groups of as many rows, or c_uncond beside it, got 3',
    );
    const shown = await runFewstep('teacher', 'inspect', join(folder, 'in'));
    expect(shown).toContain('inside: it takes its scale as w, 0 where nothing is guided, and c_uncond');
  });
});
