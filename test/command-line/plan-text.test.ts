import { expect, test } from 'vitest';
import { planText } from '../../src/command-line/plan-text.ts';
import { forecast } from '../../src/tasks/simulate/forecast.ts';
import type { Cluster, SimulatedStage } from '../../src/tasks/simulate/model.ts';

const { POSITIVE_INFINITY: never } = Number;
const cluster: Cluster = {
  ...{ workers: 4, failures: 0, detection: 30, restart: 60, overhead: 0 },
  ...{ queueRate: never, bandwidth: never, hashRate: never },
};
const stage: SimulatedStage = {
  ...{ kind: 'trajectories', uncertainty: 0, start: { seconds: 0, reads: 0 }, before: { seconds: 0, reads: 0 } },
  units: Array.from({ length: 10 }, () => ({ seconds: 1200, spread: 0, count: 1, reads: 0, writes: 1e8 })),
};

test('a plan is told with what it costs, keeps, and waits for', () => {
  const found = forecast({ stages: [stage], afterwards: 0 }, cluster, { runs: 20 });
  const text = planText({
    ...{
      run: 'small-0123',
      from: 'runs/small',
      contexts: 1e6,
      shards: 10,
      cluster,
      seed: 1,
      runs: 20,
      forecast: found,
    },
    ...{ cost: { median: 8, low: 8, high: 8 }, notes: ['only 1 unit'] },
  });
  expect(text).toMatch(/^small-0123 on 4 workers: 1,000,000 contexts in 10 shards; times of runs\/small\n/);
  expect(text).toMatch(/Wall time +1:00:00\nWorker-hours +4\nCost +8\nIdle +17 %\nStored +1.0 GB\nMoved +1.0 GB\n/);
  expect(text).toMatch(
    /Held up by +workers 100 %\nSaturates first +longest unit of trajectories, from 10 workers on\n/,
  );
  expect(text).toContain('Note: only 1 unit');
  expect(text).not.toContain('Failures');
});
