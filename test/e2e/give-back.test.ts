import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { afterAll, expect, it } from 'vitest';
import { giveBackStudent } from '../../src/distillation/export/give-back.ts';
import { type Student, writeStudent } from '../../src/distillation/student/file.ts';
import { meanVelocity, studentConfigOf, studentFromTeacher } from '../../src/distillation/student/network.ts';
import { noisesOf } from '../../src/distillation/student/noise-scales.ts';
import { sample } from '../../src/distillation/student/sampler/sample.ts';
import { type SamplerName, samplers } from '../../src/distillation/student/sampler/table.ts';
import { compile } from '../../src/engine/compile.ts';
import { named } from '../../src/engine/graph/named.ts';
import { cpuEngine, type NamedTensors } from '../../src/engine/graph/program.ts';
import { writeNpy } from '../../src/ground/file/npy.ts';
import { writeSafetensors } from '../../src/ground/file/safetensors.ts';
import { type HostTensor, type Parameters, sizeOf } from '../../src/ground/host-tensor.ts';
import { stream } from '../../src/ground/random/philox.ts';
import { type FamilyName, families } from '../../src/heads/family/table.ts';
import { type HeadConfig, sizesOf } from '../../src/heads/network/config.ts';
import { uniformTimes } from '../../src/heads/solver/solver.ts';
import { importGraph } from '../../src/teachers/imported/graph/import-graph.ts';
import { nothingTold, type Told } from '../../src/teachers/imported/graph/told.ts';
import { readHead } from '../../src/teachers/imported/head.ts';
import { importHead } from '../../src/teachers/imported/import-head.ts';
import { randomHead } from '../heads/network/random-head.ts';
import { type InsideKind, insideHead } from '../teachers/imported/graph/inside-model.ts';

const script = fileURLToPath(new URL('./check_original.py', import.meta.url));
const parent = await mkdtemp(join(tmpdir(), 'fewstep-give-back-'));
afterAll(() => rm(parent, { recursive: true }));

/** An imported head of a family with random weights. */
async function teacherOf(family: FamilyName): Promise<string> {
  const { architecture, outputs, prefixes } = families[family];
  const config = { architecture, token: 6, condition: 20, width: 32, depth: 3, timeScale: 1 };
  const hidden = architecture === 'swiglu' ? 96 : 32;
  const head = randomHead({ ...config, output: outputs * config.token, hidden });
  const source = join(parent, `${family}.safetensors`);
  const whole = Object.entries(head).map(([name, tensor]) => [`${prefixes[0]}${name}`, tensor] as const);
  await writeSafetensors(source, Object.fromEntries([...whole, ...buffersOf(family)]));
  const output = join(parent, family);
  await importHead(source, { family, name: family, output });
  return output;
}

/** The stored frequencies of pocket-tts. */
function buffersOf(family: FamilyName): [string, HostTensor][] {
  if (family !== 'pocket-tts') return [];
  const data = Float32Array.from({ length: 128 }, (_, k) => 10000 ** (-k / 128));
  return [0, 1].map((index) => [`${families[family].prefixes[0]}time_embed.${index}.freqs`, { shape: [128], data }]);
}

/** A student of an imported head, all of whose tensors have moved. */
async function studentOf(teacher: string, own: Partial<HeadConfig>, sampler: SamplerName): Promise<Student> {
  const { parameters, config } = await readHead(teacher);
  const start = { ...config, ...own };
  const moved = Object.entries(studentFromTeacher(parameters, start, 1)).map(([name, { shape, data }]) => {
    const noise = stream('moved', name).normal(sizeOf(shape));
    return [name, { shape, data: data.map((value, index) => value + 0.03 * (noise[index] ?? 0)) }];
  });
  const own2: Parameters = Object.fromEntries(moved);
  return {
    ...{ parameters: own2, config: studentConfigOf(start), sampler, metadata: { name: 'student' } },
    times: { [sampler]: { 2: ownTimes } },
    noiseScales: { [sampler]: { 2: ownScales.slice(0, noisesOf(sampler, 2)) } },
  };
}

const rows = 32;

/** The times of the students' own two steps; at other counts they take equal ones. */
const ownTimes = [0, 0.375, 1];

/** The factors on the noise of these, the second of re-noised students; re-noised ones take the first noise again, each time by its own factor. */
const ownScales = [1.05, 0.9];

/** Whether rounding stays small over a first step that is long: the v of VibeVoice's random students makes it 1e-4 of one. */
const steady = ({ prediction }: HeadConfig): boolean => prediction !== 'ddpm-velocity';

/** Inputs, and what the student makes of them. */
async function casesOf({ config, parameters, sampler }: Student, folder: string): Promise<void> {
  const random = stream('cases');
  const normal = (width: number): HostTensor => ({ shape: [rows, width], data: random.normal(rows * width) });
  const between = (low: number, high: number): HostTensor => ({
    shape: [rows],
    data: random.uniform(rows).map((value) => low + (high - low) * value),
  });
  const feeds: Record<string, HostTensor> = {
    ...{ x: normal(config.token), s: between(0, 0.6), t: between(0.6, 1), hidden: normal(config.condition) },
    ...{ hidden_unconditional: normal(config.condition), guidance: between(1, 3) },
    ...(config.guidance === 'three-way' && { hidden_image: normal(config.condition), guidance_image: between(1, 2) }),
  };
  feeds.s?.data.set([0, 1e-4, 0.02]); // the noisy end too
  const fn = (inputs: NamedTensors): NamedTensors => {
    const { hidden_image: imageOnly, guidance_image: wImage } = inputs;
    const u = meanVelocity(inputs, config, {
      ...{ conditional: named(inputs, 'hidden'), unconditional: named(inputs, 'hidden_unconditional') },
      ...{ w: named(inputs, 'guidance'), ...(imageOnly && wImage && { imageOnly, wImage }) },
    });
    const [x, s, t] = [tf.expandDims(named(inputs, 'x'), 1), named(inputs, 's'), named(inputs, 't')];
    const fresh = tf.expandDims(x, 1); // of the one step between the two
    const outputs = {
      ...{ u: u(x, s, t), x_next: samplers[sampler].move(u)(x, s, t, x) },
      sample: sample(sampler, u, x, { times: uniformTimes(4) }),
      ...(steady(config) && { sample_own: sample(sampler, u, x, { times: ownTimes, scales: ownScales, fresh }) }),
    };
    return Object.fromEntries(Object.entries(outputs).map(([name, output]) => [name, tf.squeeze(output, [1])]));
  };
  const specs = Object.fromEntries(Object.entries(feeds).map(([name, { shape }]) => [name, { shape }]));
  const program = await compile(fn, specs, { engine: cpuEngine(), constants: parameters });
  const outputs = await program.run(feeds).finally(() => program.dispose());
  await mkdir(folder, { recursive: true });
  for (const [name, tensor] of Object.entries({ ...feeds, ...outputs }))
    await writeNpy(join(folder, `${name}.npy`), tensor);
}

const original = { signature: 'original' } as const;
const students: [family: FamilyName, sampler: SamplerName, own: Partial<HeadConfig>][] = [
  ['nextstep', 'velocity', original],
  ['nextstep', 'consistency-renoised', original],
  ['nextstep', 'flow-map', {}],
  ['nextstep', 'flow-map', { guidance: 'three-way' }],
  ['mar', 'velocity', original],
  ['mar', 'consistency-renoised', original],
  ['mar', 'flow-map', {}],
  ['pocket-tts', 'flow-map', original],
  ['vibevoice', 'velocity', original],
  ['vibevoice', 'flow-map', {}],
  ['calm-flow', 'flow-map', {}],
];

it.each(students)('PyTorch gives the same from the %s head of a %s student %j', async (family, sampler, own) => {
  const teacher = await teacherOf(family);
  const student = await studentOf(teacher, own, sampler);
  const folder = await mkdtemp(join(parent, 'student-'));
  const path = join(folder, 'student.safetensors');
  await writeStudent(path, student);
  await giveBackStudent({ name: 'student', path, teacher }, folder);
  const { token, condition, width, output, hidden } = sizesOf(student.config);
  const sizes = {
    token,
    condition,
    width,
    depth: student.config.depth,
    hidden,
    output: families[family].outputs * output,
  };
  await checkInPython(folder, student, sizes);
});

const inside: [kind: InsideKind, told: Partial<Told>, own: Partial<HeadConfig>][] = [
  ['inside', {}, {}],
  ['inside-from-0', { unguided: 0 }, original],
  ['scale', {}, {}],
];

it.each(inside)('PyTorch gives the same from an ONNX head that is guided inside: %s %j %j', async (kind, told, own) => {
  const teacher = join(parent, kind);
  await importGraph(await insideHead(kind), { name: kind, output: teacher, told: { ...nothingTold, ...told } });
  const student = await studentOf(teacher, own, 'flow-map');
  const folder = await mkdtemp(join(parent, 'student-'));
  const path = join(folder, 'student.safetensors');
  await writeStudent(path, student);
  await giveBackStudent({ name: 'student', path, teacher }, folder);
  await checkInPython(folder, student, {});
});

/** Gives PyTorch the cases, and holds what it prints. */
async function checkInPython(folder: string, student: Student, sizes: Readonly<Record<string, number>>): Promise<void> {
  await casesOf(student, join(folder, 'cases'));
  const printed = execFileSync('/usr/bin/python3', [script, folder, join(folder, 'cases'), JSON.stringify(sizes)], {
    encoding: 'utf8',
  });
  const names = ['u', 'x_next', 'sample', ...(steady(student.config) ? ['sample_own'] : []), '(step'];
  const lines = names.map((name) => `${name} relative error \\d\\.\\d+e-0[6-9]\\n`).join('');
  expect(printed).toMatch(new RegExp(`^${lines})?$`));
}
