import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FeatureCard, machine, readFeatureCard, writeFeatureCard } from '../../../src/evaluation/features/card.ts';

const card: FeatureCard = {
  name: 'small',
  command: 'fewstep features train small.yaml',
  data: 'mnist',
  seed: 3,
  steps: 40,
  batch: 32,
  parameters: 1234,
  trainingSeconds: 56,
  machine: 'a processor, 2 cores',
  node: 'v20.0.0',
  finishedAt: '2026-01-02',
  hash: 'abc',
  accuracy: { value: 0.97254, low: 0.961, high: 0.98 },
  realReal: { 1000: { value: 0.12345, low: 0.1, high: 0.2 }, 5000: { value: 0.02, low: 0, high: 0.0411 } },
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-card-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('a card is read as it was written, and is a page too', async () => {
  await writeFeatureCard(folder, card);
  expect(await readFeatureCard(folder)).toEqual(card);
  const lines = (await readFile(join(folder, 'card.md'), 'utf8')).split('\n');
  expect(lines[0]).toBe('# small');
  for (const line of [
    '| made by | `fewstep features train small.yaml` |',
    '| training | 40 steps of 32 images, 56 s |',
    '| accuracy | 97.25 % of the 10,000 test images (95 % interval 96.10 – 98.00) |',
    '| 1000 | 0.123 | 0.100 – 0.200 |',
    '| 5000 | 0.020 | 0.000 – 0.041 |',
    '| machine | a processor, 2 cores, Node v20.0.0 |',
  ])
    expect(lines).toContain(line);
});

it('the machine of a card is this one, today', () => {
  const { machine: name, node, finishedAt } = machine();
  expect(name).toMatch(/^.+, \d+ cores$/);
  expect(node).toBe(process.version);
  expect(Math.abs(Date.now() - Date.parse(finishedAt))).toBeLessThan(2 * 24 * 3600 * 1000);
  expect(finishedAt).toMatch(/^\d{4}-\d{2}-\d{2}$/);
});
