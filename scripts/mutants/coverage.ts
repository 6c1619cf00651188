/** Which tests can notice a change of a source file: those that import it, directly or not, the nearest first. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const imports = /(?:from|import\(|new URL\()\s*'(\.{1,2}\/[^']+\.ts)'/g;
const typesOnly = /import type [^;]*;/g;

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8').replaceAll(typesOnly, '');
  return [...text.matchAll(imports)].map(([, path = '']) => join(dirname(file), path)).filter(existsSync);
}

/** The files that a test reaches, with the length of the shortest way to each. */
function reachOf(test: string): Map<string, number> {
  const distance = new Map([[test, 0]]);
  for (const [file, steps] of distance)
    for (const next of importsOf(file)) if (!distance.has(next)) distance.set(next, steps + 1);
  return distance;
}

/** Tests that train networks or start processes and threads, and take tens of seconds: the others are asked before. */
export const slowTests: ReadonlySet<string> = new Set([
  'test/evaluation/stage/samples.test.ts',
  'test/evaluation/features/features.test.ts',
  'test/distillation/train/engines.test.ts',
  'test/distillation/train/students.test.ts',
  'test/distillation/trajectory/generate.test.ts',
  'test/distillation/train/resume.test.ts',
]);

/** For a source file, the tests that reach it: those that take long last, otherwise the nearest first. */
export function coverageOf(tests: readonly string[]): (file: string) => string[] {
  const reaches = tests.map((test) => ({ test, reach: reachOf(test) }));
  return (file) =>
    reaches
      .flatMap(({ test, reach }) => {
        const distance = reach.get(file);
        return distance === undefined ? [] : [{ test, distance: distance + (slowTests.has(test) ? 1000 : 0) }];
      })
      .toSorted((a, b) => a.distance - b.distance || a.test.localeCompare(b.test))
      .map(({ test }) => test);
}
