import { expect, test } from 'vitest';
import { providers } from '../../../src/engine/engine-schema.ts';
import { providers as probed } from '../../../src/engine/onnx/provider.ts';

test('recipes may name the execution providers that can be probed', () => {
  expect(providers.onnx).toEqual(probed);
});
