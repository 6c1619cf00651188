import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readStudent, writeStudent } from '../../../src/distillation/student/file.ts';
import { meanVelocity, studentConfigOf, studentFromTeacher } from '../../../src/distillation/student/network.ts';
import { compile } from '../../../src/engine/compile.ts';
import { named } from '../../../src/engine/graph/named.ts';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { readSafetensors } from '../../../src/ground/file/safetensors.ts';
import type { HostTensor } from '../../../src/ground/host-tensor.ts';
import { headOutput } from '../../../src/heads/network/output.ts';
import { headVelocity } from '../../../src/heads/velocity.ts';
import { importGraph } from '../../../src/teachers/imported/graph/import-graph.ts';
import { nothingTold } from '../../../src/teachers/imported/graph/told.ts';
import { readHead } from '../../../src/teachers/imported/head.ts';
import { relativeError, values } from '../../eager.ts';
import { insideHead } from '../../teachers/imported/graph/inside-model.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../engine/onnx-graph/fixtures/${name}`, import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-graph-'));
});
afterAll(() => rm(folder, { recursive: true }));

const heads = ['residual', 'swiglu', 'transformer', 'convolutional'].flatMap((head) =>
  ['dynamo', 'script'].map((exporter) => [head, exporter] as const),
);

/** An imported head of a fixture, and PyTorch's numbers of it. */
async function imported(head: string, exporter: string) {
  const output = join(folder, `${head}-${exporter}`);
  await importGraph(fixture(`${head}-${exporter}.onnx`), { name: head, output, told: nothingTold });
  return { ...(await readHead(output)), golden: await readSafetensors(fixture(`${head}.safetensors`)) };
}

describe.each(heads)('the %s head that the %s exporter wrote', (head, exporter) => {
  it('is a head: its output is PyTorch’s', async () => {
    const { config, parameters, golden } = await imported(head, exporter);
    const [x, t, c] = ['x', 't', 'c'].map((name) => golden[`input/${name}`] as HostTensor) as [
      HostTensor,
      HostTensor,
      HostTensor,
    ];
    const rows = x.shape[0] ?? 0;
    const flat = {
      x: { shape: [rows, 1, config.token], data: x.data },
      t: { ...t, data: Float32Array.from(t.data) },
      c,
    };
    const program = await compile(
      (all) => ({ out: headOutput(all, config, named(all, 'x'), { t: named(all, 't') }, named(all, 'c')) }),
      { x: { shape: ['batch', 1, config.token] }, t: { shape: ['batch'] }, c: { shape: ['batch', config.condition] } },
      { engine: cpuEngine(), constants: parameters },
    );
    const { out } = await program.run(flat).finally(() => program.dispose());
    expect(relativeError(out?.data ?? [], golden.output?.data ?? [])).toBeLessThan(1e-5);
  });

  it('starts its student: the same at s = t and w = 1, until it is trained; kept with its graph', async () => {
    const { config, parameters } = await imported(head, exporter);
    const own = studentConfigOf(config);
    const path = join(folder, `${head}-${exporter}-student.safetensors`);
    await writeStudent(path, {
      parameters: studentFromTeacher(parameters, config, 3),
      config: own,
      sampler: 'flow-map',
      metadata: {},
    });
    const student = await readStudent(path);
    expect(student.config).toEqual(own);
    const [rows, draws] = [3, 2];
    const program = await compile(
      (all) => {
        const [x, s, c] = [named(all, 'x'), named(all, 's'), named(all, 'c')];
        const context = { conditional: c, unconditional: named(all, 'u'), w: tf.onesLike(s) };
        const [of, from] = [
          (name: string) => named(all, `own/${name}`),
          (name: string) => named(all, `theirs/${name}`),
        ];
        const taken = (names: string[], read: (name: string) => tf.Tensor) =>
          Object.fromEntries(names.map((name) => [name, read(name)]));
        return {
          own: meanVelocity(taken(Object.keys(student.parameters), of), own, context)(x, s, s),
          teacher: headVelocity(taken(Object.keys(parameters), from), config, c)(x, s),
        };
      },
      {
        x: { shape: [rows, draws, config.token] },
        s: { shape: [rows] },
        c: { shape: [rows, config.condition] },
        u: { shape: [rows, config.condition] },
      },
      {
        engine: cpuEngine(),
        constants: Object.fromEntries([
          ...Object.entries(student.parameters).map(([name, tensor]) => [`own/${name}`, tensor]),
          ...Object.entries(parameters).map(([name, tensor]) => [`theirs/${name}`, tensor]),
        ]),
      },
    );
    const numbers = (key: number, ...shape: number[]) => ({
      shape,
      data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(key + 3.7 * i)),
    });
    const found = await program
      .run({
        x: numbers(1, rows, draws, config.token),
        s: { shape: [rows], data: Float32Array.of(0, 0.25, 0.75) },
        c: numbers(2, rows, config.condition),
        u: numbers(3, rows, config.condition),
      })
      .finally(() => program.dispose());
    expect(relativeError(found.own?.data ?? [], found.teacher?.data ?? [])).toBeLessThan(1e-6);
  });
});

describe('a graph that takes its scale', () => {
  it.each([
    ['inside', 1],
    ['inside-from-0', 0],
  ] as const)('is told it as it counts: %s, %d where nothing is guided', async (kind, unguided) => {
    const output = join(folder, kind);
    await importGraph(await insideHead(kind), { name: kind, output, told: { ...nothingTold, unguided } });
    const { parameters, config } = await readHead(output);
    const tensors = Object.fromEntries(
      Object.entries(parameters).map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]),
    );
    const x = tf.tensor([0.1, -0.2, 0.7], [1, 1, 3]);
    const [told, untold] = [tf.tensor([[0.3, -1]]), tf.tensor([[0.5, 2]])];
    const at = (other: tf.Tensor, w: number): number[] =>
      values(() =>
        headOutput(tensors, config, x, { t: tf.tensor([0.5]) }, tf.concat([told, other, tf.tensor([[w]])], 1)),
      );
    // the scale 1 is the conditional output, whatever the state without the prompt; 0 is the other one's
    expect(relativeError(at(untold, 1), at(told, 1))).toBeLessThan(1e-6);
    expect(relativeError(at(untold, 0), at(told, 0))).toBeGreaterThan(0.05);
  });
});
