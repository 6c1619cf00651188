import { expect, test } from 'vitest';
import { probeProvider } from '../../../src/engine/onnx/provider.ts';

test('the cpu runs everywhere', async () => {
  expect(await probeProvider('cpu')).toEqual({ provider: 'cpu', usable: true });
});

test('a provider that is not there is named with the reason', async () => {
  const { usable, reason } = await probeProvider('abacus');
  expect(usable).toBe(false);
  expect(reason).toContain("provider 'abacus': expected one that this onnxruntime has: cpu");
});
