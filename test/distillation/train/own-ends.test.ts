/** A student that learns ends of the system's own sampler is measured against these while it trains, and gets there. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { studentFromScratch } from '../../../src/distillation/student/network.ts';
import { distillationTask } from '../../../src/distillation/train/distil-student.ts';
import { energyMeasure } from '../../../src/distillation/train/held-out.ts';
import { ownEndsOf, statesAt } from '../../../src/distillation/trajectory/drawn-paths.ts';
import { solveTrajectories } from '../../../src/distillation/trajectory/solve.ts';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { train } from '../../../src/engine/training/loop.ts';
import type { TrainingLog } from '../../../src/engine/training/task.ts';
import { studentTrainingDefaults } from '../../../src/engine/training/training-schema.ts';
import type { HeadConfig } from '../../../src/heads/network/config.ts';
import { gaussianTeacher } from '../../../src/teachers/exact/gaussian.ts';
import type { Teacher } from '../../../src/teachers/teacher.ts';

const engine = cpuEngine();
const config: HeadConfig = { token: 3, condition: 4, width: 16, depth: 1, timeScale: 32 };
/** Its flow ends about the context's mean with a spread of ½; its own sampler about 2 with 0.3. */
const teacher: Teacher = {
  ...gaussianTeacher({ token: 3, condition: 4, std: 0.5, unconditionalStd: 1 }),
  own: {
    ...{ rule: 'made up', steps: 1, evaluations: 1 },
    open: async () => ({
      ends: async ({ noise: { shape, data } }) => ({ shape, data: data.map((z) => 2 + 0.3 * z) }),
      dispose: async () => {},
    }),
  },
};
const cached = () =>
  solveTrajectories(
    teacher,
    {
      ...({ solver: 'heun', steps: 4, keep: 2, contexts: 64, guidance: { min: 1, max: 1 } } as const),
      ...{ draws: 2, ownEnds: 8, heldOut: { contexts: 6, draws: 5, ownEnds: 7 } },
    },
    engine,
  );
const student = (options: object, steps: number) => ({
  ...{ name: 'one', method: 'energy', options, steps: [1] },
  training: { ...studentTrainingDefaults, batch: 128, draws: 2, steps },
});

it('its held-out energy is to own ends, of other students to the flow’s, and its losses are of own ends', async () => {
  const cache = await cached();
  if (cache.heldOut === undefined) throw new Error('expected a held-out set');
  const paths = await cache.heldOut.batch([0, 1, 2, 3, 4, 5], 5, 0);
  const looks = async (options: object) => {
    const { validation } = distillationTask(student(options, 20), 1, config, studentFromScratch(config, 1), cache);
    const [energy, losses] = await Promise.all(validation?.measures.map(({ batches }) => batches()) ?? []);
    return { ends: energy?.heldOutEnergy?.ends, losses: [losses?.heldOutLoss, losses?.trainedLoss] };
  };
  const own = await looks({ ends: 'own' });
  expect(own.ends).toEqual(ownEndsOf(paths));
  expect(own.ends?.shape).toEqual([6, 7, 3]);
  expect((await looks({})).ends).toEqual(statesAt(paths, 2));
  for (const batch of own.losses) {
    const data = [...(batch?.x_t?.data ?? [])];
    expect(data.length).toBeGreaterThan(0);
    expect(Math.abs(data.reduce((sum, x) => sum + x / data.length, 0) - 2)).toBeLessThan(0.1);
  }
  const measured = { config, sampler: 'flow-map', counts: [1], ownEnds: true } as const;
  const without = { ...cache.heldOut, facts: { contexts: 6, draws: 5 } };
  expect(() => energyMeasure(measured, without, { contexts: 4, draws: 4 })).toThrow(
    'held-out set: expected at least 2 own ends a context, got 0',
  );
});

it('it ends where the own sampler does', { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fewstep-own-student-'));
  const lines: TrainingLog[] = [];
  const chosen = student({ ends: 'own' }, 400);
  await train(distillationTask(chosen, 1, config, studentFromScratch(config, 1), await cached()), {
    ...chosen.training,
    ...{ learningRate: 5e-3, ema: 0.95, epsilon: 1e-8, engine, checkpointEvery: 400, logEvery: 20, probeEvery: 20 },
    checkpoint: join(folder, 'checkpoint.safetensors'),
    onLog: (line) => void lines.push(line),
  });
  const [first, last] = [lines[0]?.heldOutEnergy, lines.at(-1)?.heldOutEnergy];
  expect(first).toBeGreaterThan(0.5);
  expect(last).toBeLessThan(0.15); // two draws, a small head
  await rm(folder, { recursive: true });
});
