import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { importHead } from '../../../src/teachers/imported/import-head.ts';
import { importedInputs } from '../../../src/teachers/imported/inputs.ts';

const folder = await mkdtemp(join(tmpdir(), 'fewstep-inputs-'));
afterAll(() => rm(folder, { recursive: true }));

it.each([
  ['nextstep', { twoTimes: false, guidedBefore: false }],
  ['pocket-tts', { twoTimes: true, guidedBefore: true }],
] as const)("a %s head's card tells what it takes", async (family, inputs) => {
  const source = fileURLToPath(new URL(`../../fixtures/${family}-a.weights.safetensors`, import.meta.url));
  const output = join(folder, family);
  await importHead(source, { family, name: family, output });
  expect(importedInputs(output)).toEqual(inputs);
});

it('nothing is known where there is no card, or none of an imported head', async () => {
  expect(importedInputs(join(folder, 'nowhere'))).toBeUndefined();
  await writeFile(join(folder, 'card.json'), '{"format":"another"}');
  expect(importedInputs(folder)).toBeUndefined();
});
