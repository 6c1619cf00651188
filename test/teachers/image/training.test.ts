import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TeacherTrainingOptions, trainImageTeacher } from '../../../src/teachers/image/training.ts';
import type { TeacherRecipe } from '../../../src/teachers/image/training-recipe.ts';
import { readImageWeights, weightsPath } from '../../../src/teachers/image/weights.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'digits-training-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const recipe = (output: string): TeacherRecipe => ({
  kind: 'teacher',
  name: 'tiny',
  seed: 1,
  engine: { kind: 'tfjs', provider: 'cpu', threads: 1, workers: 1 },
  data: { kind: 'mnist', patch: 14 },
  backbone: { width: 8, depth: 1, heads: 2 },
  head: { width: 8, depth: 1 },
  promptDropout: 0.1,
  training: {
    steps: 24,
    batch: 2,
    draws: 2,
    learningRate: 1e-2,
    warmup: 2,
    schedule: 'cosine',
    ema: 0.9,
    clip: 1,
    weightDecay: 0,
    beta1: 0.9,
    beta2: 0.99,
    checkpointEvery: 8,
  },
  output: path.join(folder, output),
});

const train = (name: string, options: Partial<TeacherTrainingOptions> = {}) =>
  trainImageTeacher(recipe(name), { folder: path.join(folder, `run-${name}`), command: 'test', ...options });

test('a training that was stopped and resumed writes the same bytes as one that was not', async () => {
  await train('whole');
  const stop = new AbortController();
  const stopAt20 = (step: number): void => {
    if (step === 20) stop.abort();
  };
  await expect(train('parts', { signal: stop.signal, progress: stopAt20 })).rejects.toThrow();
  const starts: number[] = [];
  await train('parts', { progress: (step, _, line) => line === undefined && starts.push(step) });
  expect(starts).toEqual([16]);
  expect(readFileSync(weightsPath(path.join(folder, 'parts')))).toEqual(
    readFileSync(weightsPath(path.join(folder, 'whole'))),
  );
});

test('what is written is read back, rounded to half precision, with finite weights for every tensor', async () => {
  const weights = await readImageWeights(path.join(folder, 'whole'));
  expect(weights.config.backbone.imageLength).toBe(4);
  expect(weights.parameters['head/final_layer.linear.weight']?.shape).toEqual([196, 8]);
  const card = JSON.parse(readFileSync(path.join(folder, 'whole', 'card.json'), 'utf8'));
  expect(card.steps).toBe(24);
  expect(card.loss.loss).toBeGreaterThan(0);
});
