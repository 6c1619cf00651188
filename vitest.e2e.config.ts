import './src/ground/telemetry.ts'; // test processes inherit the environment
import { defineConfig } from 'vitest/config';

const { VITEST_JSON } = process.env;

export default defineConfig({
  test: {
    globalSetup: ['test/e2e/smoke.ts'],
    include: ['test/e2e/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 900_000,
    ...(VITEST_JSON && { reporters: ['default', ['json', { outputFile: VITEST_JSON }]] }),
  },
});
