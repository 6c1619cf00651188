/**
 * Runs tests under one mutation after another in one process, so that libraries are loaded once. A driver is a test
 * file that imports a real one; before it is loaded the mutation is made in the copy and its old module forgotten.
 */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vitest/config';
import { BaseSequencer, type TestSpecification, type Vite } from 'vitest/node';
import { mutated } from './mutation.ts';
import { type Event, lineOfEvent, type Plan, readJournal, trialFiles } from './plan.ts';

const root = process.cwd();
const plan = JSON.parse(readFileSync(join(root, trialFiles.plan), 'utf8')) as Plan;
const journal = join(root, trialFiles.journal);
const note = (event: Event): void => appendFileSync(journal, lineOfEvent(event));

class ByName extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => (a.moduleId < b.moduleId ? -1 : 1));
  }
}

function mutations(): Plugin {
  const servers: Vite.ViteDevServer[] = [];
  let made: { readonly index: number; readonly path: string; readonly original: string } | undefined;
  const forget = (path: string): void => {
    for (const { environments } of servers)
      for (const { moduleGraph } of Object.values(environments))
        for (const module of moduleGraph.getModulesByFile(path) ?? []) moduleGraph.invalidateModule(module);
  };
  const make = (index: number): void => {
    const mutation = plan[index];
    if (mutation === undefined || made?.index === index) return;
    if (made !== undefined) writeFileSync(made.path, made.original);
    if (made !== undefined) forget(made.path);
    const path = join(root, mutation.file);
    const original = readFileSync(path, 'utf8');
    writeFileSync(path, mutated(original, mutation));
    forget(path);
    made = { index, path, original };
  };
  return {
    name: 'mutations',
    configureServer: (server) => void servers.push(server),
    load(id) {
      const [, mutant, place] = /mutants-drivers\/(\d+)-(\d+)\.test\.ts$/.exec(id) ?? [];
      if (mutant === undefined) return undefined;
      const index = Number(mutant);
      if (index === plan.length) note({ mutant: index, test: '' });
      if (index === plan.length) return `import { it } from 'vitest';\nit('all were tried', () => {});\n`;
      const test = plan[index]?.tests[Number(place)] ?? '';
      const killed = readJournal(journal).some((event) => event.mutant === index && event.failed !== undefined);
      if (killed) return `import { it } from 'vitest';\nit.skip('killed already', () => {});\n`;
      make(index);
      note({ mutant: index, test });
      return driver(index, test);
    },
  };
}

const driver = (mutant: number, test: string): string => `
import { appendFileSync, utimesSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeEach, vi } from 'vitest';
let failed = false;
const fail = (name) => {
  if (!failed) appendFileSync(${JSON.stringify(journal)}, JSON.stringify({ mutant: ${mutant}, test: '${test}', failed: name }) + '\\n');
  failed = true;
};
beforeEach((context) => {
  utimesSync(${JSON.stringify(journal)}, Date.now() / 1000, Date.now() / 1000); // not hanging
  context.skip(failed);
  context.onTestFailed(() => fail(context.task.name));
});
const broken = (task) => task.result?.state === 'fail' || (task.tasks ?? []).some(broken);
afterAll(({}, suite) => {
  if (broken(suite)) fail('a hook');
});
vi.resetModules();
await tf.setBackend('cpu'); // a test that failed may have left another
const files = ${JSON.stringify([...new Set(plan.map(({ file }) => `/${file}`))])};
for (const [id, module] of globalThis.__vitest_worker__.evaluatedModules.idToModuleMap)
  if (files.some((file) => id.endsWith(file))) module.meta = undefined; // fetched anew: one of them has changed
try {
  await import('/${test}');
} catch (error) {
  fail('loading');
  throw error;
}
`;

export default defineConfig({
  plugins: [mutations()],
  test: {
    include: [`${trialFiles.drivers}/*.test.ts`],
    pool: 'forks',
    isolate: false,
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['dot'],
    sequence: { sequencer: ByName },
  },
});
