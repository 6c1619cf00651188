import { expect, test } from 'vitest';
import { providers as probed } from '../../src/onnx/provider.ts';
import { providers } from '../../src/recipe/schema/engine.ts';

test('recipes may name the execution providers that can be probed', () => {
  expect(providers.onnx).toEqual(probed);
});
