import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentProgress } from '../../src/cli/progress.ts';
import { distill } from '../../src/distill.ts';
import { cpuEngine } from '../../src/graph/program.ts';
import { readStudent } from '../../src/student/file.ts';
import { synthesize } from '../../src/synthesis/synthesize.ts';
import { smallRun } from '../small-recipe.ts';

const home = process.cwd();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-captured-'));
  process.chdir(folder);
});
afterAll(async () => {
  process.chdir(home);
  await rm(folder, { recursive: true });
});

describe('a run on a capture', () => {
  it('distils an imported head from recipe to report', { timeout: 120_000 }, async () => {
    const made = { family: 'mar', out: 'mar', seed: 1, rows: 64, steps: 2, engine: cpuEngine() } as const;
    const { teacher, capture } = await synthesize({ ...made, progress: silentProgress });
    const resolved = smallRun(
      `teacher={kind: imported, path: ${teacher}}`,
      `data={kind: capture, path: ${capture}}`,
      'students=[{name: one, method: trajectory, training: {steps: 4, batch: 16, learningRate: 1.0e-3}}]',
      'guidance=2',
      'evaluation.guidance=2',
    );
    const { evaluation, students } = await distill(resolved, { progress: silentProgress, command: 'x' });
    expect(evaluation.rows.map(({ name, steps }) => [name, steps])).toEqual([
      ['teacher', 8],
      ['one', 1],
    ]);
    const { config } = await readStudent(join(students, 'one', 'head.safetensors'));
    expect(config).toMatchObject({ prediction: 'ddpm-noise', width: 96, token: 8, condition: 16 });
  });
});
