import { expect } from 'vitest';
import type { HostTensor } from '../../../src/ground/host-tensor.ts';

/** Expects equal shapes, and elements within a tolerance relative to the largest finite one. */
export function expectNear(
  actual: HostTensor | undefined,
  expected: HostTensor | undefined,
  tolerance: number,
  name = 'result',
): void {
  expect(actual?.shape, name).toEqual(expected?.shape);
  const wanted = [...(expected?.data ?? [])].map(Number);
  const scale = Math.max(1e-3, ...wanted.filter(Number.isFinite).map(Math.abs));
  for (const [index, value] of wanted.entries()) {
    const got = Number(actual?.data[index] ?? Number.NaN);
    if (Object.is(got, value) || Math.abs(got - value) <= tolerance * scale) continue;
    expect.fail(`${name}, element ${index}: expected ${value}, got ${got}`);
  }
}
