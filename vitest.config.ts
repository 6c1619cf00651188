import './src/ground/telemetry.ts'; // test processes inherit the environment
import { defineConfig } from 'vitest/config';

const { VITEST_JSON } = process.env;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    ...(VITEST_JSON && { reporters: ['default', ['json', { outputFile: VITEST_JSON }]] }),
  },
});
