import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/engine/compile.ts';
import { named } from '../../../src/engine/graph/named.ts';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import type { HostTensor } from '../../../src/ground/host-tensor.ts';
import { trainedFamilyNames } from '../../../src/heads/family/table.ts';
import { openCapture } from '../../../src/teachers/capture/capture.ts';
import { loadTeacher } from '../../../src/teachers/load.ts';
import { synthesize } from '../../../src/teachers/synthesis/synthesize.ts';
import { recordedProgress } from '../../recorded-progress.ts';
import { temporaryFolder } from '../capture/temporary-capture.ts';

const make = async (family: ReturnType<typeof trainedFamilyNames>[number], out: string) =>
  synthesize({ family, out, seed: 1, rows: 64, steps: 2, engine: cpuEngine(), progress: recordedProgress() });

describe('a synthetic teacher and its capture', () => {
  it.each(trainedFamilyNames())(
    '%s: loads as an imported teacher whose velocity is finite on the capture',
    async (family) => {
      const { teacher: folder, capture } = await make(family, await temporaryFolder());
      const teacher = await loadTeacher({ kind: 'imported', path: folder, capture }, cpuEngine());
      const request = { rows: 4, key: ['t'], freeRunning: 0, split: 'train', guidance: { min: 2, max: 2 } } as const;
      const { conditional, unconditional } = await teacher.contexts(request);
      const inputs: Record<string, HostTensor> = {
        conditional,
        unconditional,
        w: { shape: [4], data: new Float32Array(4).fill(2) },
        t: { shape: [4], data: Float32Array.of(0, 0.3, 0.9, 1) },
        x: { shape: [4, 1, teacher.token], data: new Float32Array(4 * teacher.token).fill(0.5) },
      };
      const program = await compile(
        (all) => ({
          v: teacher.velocity(all, {
            conditional: named(all, 'conditional'),
            unconditional: named(all, 'unconditional'),
            w: named(all, 'w'),
          })(named(all, 'x'), named(all, 't')),
        }),
        Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, { shape }])),
        { engine: cpuEngine(), constants: teacher.parameters },
      );
      const { v } = await program.run(inputs).finally(() => program.dispose());
      expect(v?.shape).toEqual([4, 1, teacher.token]);
      expect(Array.from(v?.data ?? [Number.NaN]).every(Number.isFinite)).toBe(true);
      const { rows, condition, token } = await openCapture(capture);
      expect([rows, condition, token]).toEqual([64, teacher.condition, teacher.token]);
    },
  );

  it('has the same bytes when it is made again', async () => {
    const bytes = async () => {
      const { teacher, capture } = await make('mar', await temporaryFolder());
      const files = [join(teacher, 'weights.safetensors'), join(capture, 'part-0000.safetensors')];
      return Promise.all(files.map((file) => readFile(file, 'base64')));
    };
    expect(await bytes()).toEqual(await bytes());
  });
});
