/** What createSampler adds to a call of onnxruntime, and how long a program takes to its first sample. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { exportStudent } from '../src/distillation/export/students.ts';
import { createSampler } from '../src/distillation/exported/create-sampler.ts';
import { writeStudent } from '../src/distillation/student/file.ts';
import { studentFromScratch } from '../src/distillation/student/network.ts';
import { createSession } from '../src/engine/onnx/create-session.ts';
import * as ort from '../src/engine/onnx/runtime.ts';
import { measureLatency } from '../src/evaluation/stage/latency.ts';
import type { HeadConfig } from '../src/heads/network/config.ts';

/** Times of one token, milliseconds. */
export interface SamplerCalls {
  /** p50 of a call by onnxruntime alone, its tensors made once, and by createSampler. */
  readonly raw: number;
  readonly sampler: number;
  /** From the start of a process to its first sample: with fewstep/sampler, and with the whole library. */
  readonly start: number;
  readonly startWhole: number;
}

/** Measures a student of one step at batch 1, in alternation. */
export async function samplerCalls(config: HeadConfig, rounds = 5): Promise<SamplerCalls> {
  const folder = await mkdtemp(join(tmpdir(), 'fewstep-bench-'));
  try {
    const path = join(folder, 'student.safetensors');
    await writeStudent(path, { config, sampler: 'flow-map', metadata: {}, parameters: studentFromScratch(config, 1) });
    await exportStudent({ name: 'a', path, steps: [1] }, join(folder, 'a'));
    const file = join(folder, 'a/sampler.onnx');
    const { raw, sampler } = await alternated(file, config, rounds);
    const module = (name: string) => firstSample(resolve('dist', name), file, config.condition);
    return { raw, sampler, start: module('distillation/exported/create-sampler.js'), startWhole: module('index.js') };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function alternated(file: string, { token, condition }: HeadConfig, rounds: number) {
  const session = await createSession(file, { provider: 'cpu', threads: 1 });
  const opened = await createSampler(file);
  const [noise, hidden, guidance] = [new Float32Array(token), new Float32Array(condition), new Float32Array([1.5])];
  const tensor = (data: Float32Array, ...shape: number[]) => new ort.Tensor('float32', data, shape);
  const feeds = {
    ...{ noise: tensor(noise, 1, token), hidden: tensor(hidden, 1, condition), guidance: tensor(guidance, 1) },
    hidden_unconditional: tensor(hidden, 1, condition),
  };
  const given = { noise, hidden, hiddenUnconditional: hidden, guidance: 1.5 };
  const [raw, sampler]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    raw.push((await measureLatency(() => session.run(feeds), { batch: 1, calls: 500 })).p50);
    sampler.push((await measureLatency(() => opened.sample(given), { batch: 1, calls: 500 })).p50);
  }
  await session.release();
  await opened.dispose();
  return { raw: Math.min(...raw), sampler: Math.min(...sampler) };
}

/** Milliseconds of a new process that imports a module, opens a file and draws one token; the least of three. */
function firstSample(module: string, file: string, condition: number): number {
  const program = `const { createSampler } = await import(${JSON.stringify(module)});
    const sampler = await createSampler(${JSON.stringify(file)});
    await sampler.sample({ hidden: new Float32Array(${condition}) });
    await sampler.dispose();`;
  const times = Array.from({ length: 3 }, () => {
    const start = performance.now();
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    return performance.now() - start;
  });
  return Math.min(...times);
}
