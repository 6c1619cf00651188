import { expect, it } from 'vitest';
import { fd } from '../../../src/evaluation/metric/fd.ts';
import { fdInfinity } from '../../../src/evaluation/metric/fd-infinity.ts';
import { prepareRows } from '../../../src/evaluation/metric/prepared-rows.ts';
import { stream } from '../../../src/ground/random/philox.ts';

it('FD∞ has no bias of its number of samples, which FD has', () => {
  const [rows, size, replicates] = [200, 6, 60];
  const set = (key: string, replicate: number, scale: number, shift: number) =>
    prepareRows(
      {
        shape: [rows, size],
        data: stream('fd-infinity', key, replicate)
          .normal(rows * size)
          .map((z) => scale * z + shift),
      },
      1,
    );
  const exact = size * (0.3 ** 2 + 0.2 ** 2);
  const found = Array.from({ length: replicates }, (_, replicate) => {
    const inputs = { features: set('samples', replicate, 1.2, 0.3), real: set('real', replicate, 1, 0) };
    return [fd, fdInfinity].map(({ measure }) => measure.of(inputs)?.value ?? Number.NaN);
  });
  const summary = (index: number) => {
    const values = found.map((pair) => pair[index] ?? Number.NaN);
    const mean = values.reduce((sum, value) => sum + value, 0) / replicates;
    const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (replicates - 1);
    return { off: mean - exact, error: Math.sqrt(square / replicates) };
  };
  const [plain, infinite] = [summary(0), summary(1)];
  expect(plain.off).toBeGreaterThan(5 * plain.error);
  expect(Math.abs(infinite.off)).toBeLessThan(3 * infinite.error);
});
