import './src/ground/telemetry.ts'; // test processes inherit the environment
import { readdirSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const { VITEST_JSON } = process.env;

/** Whether a test changes what others in its process see, or asks who was called: the tables of plug-ins, modules, their functions. */
const changesOthers = (file: string): boolean =>
  file.startsWith('test/plugins/') ||
  /\bvi\.(resetModules|mock|doMock|stubGlobal|spyOn)\b/.test(readFileSync(file, 'utf8'));

const apart = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts') && !file.startsWith('e2e/'))
  .map((file) => `test/${file}`)
  .filter(changesOthers);

export default defineConfig({
  test: {
    globalSetup: ['test/compiled.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'together', // a process for many files: loading tfjs and the sources for each took a third of all time
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', ...apart],
          isolate: false,
        },
      },
      { extends: true, test: { name: 'apart', include: apart } },
    ],
    ...(VITEST_JSON && { reporters: ['default', ['json', { outputFile: VITEST_JSON }]] }),
  },
});
