import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { inspectTeacher } from '../../../src/evaluation/stage/teacher-inspection.ts';
import type { TeacherQuality, TeacherQualityRow } from '../../../src/teachers/image/quality.ts';
import { leftOpen, nothing } from '../../held.ts';
import { tinyImageTeacher } from '../../tiny-image-teacher.ts';

const samples = 90;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-inspection-'));
  const loss = { loss: 1, flow: 1, letters: 1 };
  const trained = { steps: 1, batch: 1, draws: 1, promptDropout: 0.1, parameters: 1, trainingSeconds: 1, threads: 1 };
  const made = { name: 'tiny', command: 'none', seed: 1, machine: 'm', node: 'v20', finishedAt: '2026-01-01' };
  await writeFile(join(folder, 'card.json'), JSON.stringify({ ...made, ...trained, loss }));
  await tinyImageTeacher(folder);
});
afterAll(() => rm(folder, { recursive: true }));

it('a teacher is inspected at its step counts, then at its guidance scales in 32 steps', async () => {
  const told: [number, number][] = [];
  const settings: Pick<TeacherQualityRow, 'guidance' | 'steps'>[] = [];
  let quality: TeacherQuality | undefined;
  const open = await leftOpen(async () => {
    quality = await inspectTeacher(folder, {
      features: 'teachers/digits-features',
      engine: cpuEngine(),
      samples,
      progress: (done, total, { guidance, steps }) => {
        told.push([done, total]);
        settings.push({ guidance, steps });
      },
    });
  });
  expect(open).toEqual(nothing);
  expect(told).toEqual(Array.from({ length: 10 }, (_, i) => [i + 1, 10]));
  expect(settings).toEqual([
    ...[1, 2, 4, 8, 16, 32, 64].map((steps) => ({ guidance: 1.5, steps })),
    ...[1, 2, 3].map((guidance) => ({ guidance, steps: 32 })),
  ]);
  expect(quality?.rows.map(({ guidance, steps }) => ({ guidance, steps }))).toEqual(settings);

  const written = JSON.parse(await readFile(join(folder, 'quality.json'), 'utf8'));
  expect(written).toMatchObject({
    guidance: 1.5,
    seed: 1,
    samples,
    solver: 'euler',
    features: { name: expect.any(String) },
  });
  expect(written.rows).toHaveLength(10);
  expect(await readFile(join(folder, 'card.md'), 'utf8')).toContain(
    '90 images from balanced prompts, euler steps under guidance 1.5',
  );

  // eight rows of ten digits of 28 pixels and a gap of 2, two screen pixels a pixel
  const { width, height } = await sharp(join(folder, 'samples.png')).metadata();
  expect([width, height]).toEqual([2 * (10 * 30 + 2), 2 * (8 * 30 + 2)]);
}, 60_000);
