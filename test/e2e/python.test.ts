import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as ort from 'onnxruntime-node';
import { describe, expect, inject, it } from 'vitest';
import { writeNpy } from '../../src/ground/file/npy.ts';
import { stream } from '../../src/ground/random/philox.ts';

const script = fileURLToPath(new URL('./check_exports.py', import.meta.url));

describe('the exports in Python', () => {
  it("pass ONNX's checker, and PyTorch gives the same jumps from head.safetensors", async () => {
    const folder = join(inject('smoke').folder, 'students/smoke/trajectory');
    const rows = 64;
    const random = stream('python-test');
    const normal = (width: number) => ({ shape: [rows, width], data: random.normal(rows * width) });
    const between = (low: number, high: number) => ({
      shape: [rows],
      data: random.uniform(rows).map((u) => low + (high - low) * u),
    });
    const feeds = {
      x: normal(4),
      s: between(0, 0.5),
      t: between(0.5, 1),
      hidden: normal(8),
      hidden_unconditional: normal(8),
      guidance: between(1, 2),
    };
    const session = await ort.InferenceSession.create(readFileSync(join(folder, 'head.onnx')));
    const tensors = Object.fromEntries(
      Object.entries(feeds).map(([name, { shape, data }]) => [name, new ort.Tensor('float32', data, shape)]),
    );
    const { x_next } = await session.run(tensors);
    const cases = await mkdtemp(join(tmpdir(), 'fewstep-cases-'));
    for (const [name, tensor] of Object.entries(feeds)) await writeNpy(join(cases, `${name}.npy`), tensor);
    await writeNpy(join(cases, 'x_next.npy'), { shape: [rows, 4], data: x_next?.data as Float32Array });
    expect(execFileSync('/usr/bin/python3', [script, folder, cases], { encoding: 'utf8' })).toMatch(
      /relative error \d\.\d+e-0[6-9]/,
    );
  });
});
