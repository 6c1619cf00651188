import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/engine/compile.ts';
import { named } from '../../../src/engine/graph/named.ts';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { readSafetensors } from '../../../src/ground/file/safetensors.ts';
import type { HostTensor } from '../../../src/ground/host-tensor.ts';
import { mixtureTeacher } from '../../../src/teachers/exact/mixture.ts';
import { teacherSolver } from '../../../src/teachers/solve/teacher-solver.ts';
import { relativeError } from '../../eager.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/mixture-${name}.safetensors`, import.meta.url));
const reference = async (): Promise<Record<string, HostTensor<Float32Array>>> =>
  (await readSafetensors(fixture('reference'))) as Record<string, HostTensor<Float32Array>>;

const of = (tensors: Record<string, HostTensor<Float32Array>>, name: string): HostTensor<Float32Array> =>
  tensors[name] ?? { shape: [0], data: new Float32Array() };

describe('the exact mixture of Gaussians', () => {
  it.each([
    ['v.cond', 1],
    ['v.uncond', 0],
    ['v.guided', undefined],
  ] as const)('has the velocity of the reference: %s', async (name, scale) => {
    const teacher = await mixtureTeacher(fixture('teacher'));
    const tensors = await reference();
    const rows = of(tensors, 'v.t').data.length;
    const w = scale === undefined ? of(tensors, 'v.w') : { shape: [rows], data: new Float32Array(rows).fill(scale) };
    const specs = {
      x: { shape: [rows, 1, teacher.token] },
      t: { shape: [rows] },
      h: { shape: [rows, teacher.condition] },
      w: { shape: [rows] },
    };
    const program = await compile(
      (inputs) => {
        const context = { conditional: named(inputs, 'h'), unconditional: named(inputs, 'h'), w: named(inputs, 'w') };
        return { v: teacher.velocity(inputs, context)(named(inputs, 'x'), named(inputs, 't')) };
      },
      specs,
      { engine: cpuEngine(), constants: teacher.parameters },
    );
    const x = { shape: [rows, 1, teacher.token], data: of(tensors, 'v.x').data };
    const { v } = await program.run({ x, t: of(tensors, 'v.t'), h: of(tensors, 'v.h'), w });
    expect(relativeError(v?.data ?? [], of(tensors, name).data)).toBeLessThan(1e-5);
    await program.dispose();
  });

  it("is solved to the reference's end points", async () => {
    const teacher = await mixtureTeacher(fixture('teacher'));
    const tensors = await reference();
    const [, draws = 1, token = 1] = of(tensors, 'x0').shape;
    const solver = await teacherSolver(teacher, draws, { solver: 'heun', steps: 256, keep: 1 }, cpuEngine());
    const conditional = of(tensors, 'h');
    const paths = await solver.paths({
      conditional,
      unconditional: conditional,
      w: of(tensors, 'w'),
      noise: of(tensors, 'x0'),
    });
    const ends = Array.from({ length: conditional.shape[0] ?? 0 }, (_, context) => {
      const start = (2 * context + 1) * draws * token;
      return Array.from(paths.data.subarray(start, start + draws * token));
    }).flat();
    expect(relativeError(ends, of(tensors, 'x1').data)).toBeLessThan(2e-3);
    await solver.dispose();
  });
});
