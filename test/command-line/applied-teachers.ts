import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { goldenPath } from '../heads/original/golden-samples.ts';
import { runFewstep } from './run-fewstep.ts';

/** The cases of original systems whose numbers are fixtures: family and golden. */
export const originalCases = [
  ...['nextstep', 'mar', 'pocket-tts', 'vibevoice', 'calm-flow', 'sphere-ar', 'calm-energy'],
].flatMap((family) => ['a', 'b'].map((golden) => [family, golden] as const));

/** Imports the heads of cases into a folder before the tests of a file; gives paths in that folder. */
export function importedTeachers(cases: readonly (readonly [family: string, golden: string])[]) {
  let folder = '';
  const inFolder = (...names: string[]): string => join(folder, ...names);
  const teacher = (family: string, golden: string): string => inFolder(`${family}-${golden}`);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fewstep-apply-'));
    for (const [family, golden] of cases)
      await runFewstep(
        ...['teacher', 'import', goldenPath(family, `${golden}.weights`)],
        ...['--family', family, '--out', teacher(family, golden)],
      );
  });
  afterAll(() => rm(folder, { recursive: true }));
  return { inFolder, teacher };
}
