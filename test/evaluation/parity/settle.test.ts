import { describe, expect, it } from 'vitest';
import type { Parity } from '../../../src/evaluation/parity/measure.ts';
import { judge, settlePrecision } from '../../../src/evaluation/parity/settle.ts';
import { EngineError } from '../../../src/ground/errors.ts';
import { smallRecipe } from '../../small-recipe.ts';
import { straightTeacher } from '../../straight-teacher.ts';

const parity = (distance: number, speedup = 2): Parity => ({
  distance: { value: distance, low: distance - 0.01, high: distance + 0.01 },
  floor: { value: 0, low: -0.02, high: 0.02 },
  endpointError: 0.01,
  speedup,
  contexts: 64,
  draws: 16,
});

describe('what follows from a measurement', () => {
  it('takes int8 within the floor, up to its very end', () => {
    expect(judge('int8', parity(0.02)).used).toBe('int8');
    expect(judge('auto', parity(0.02)).used).toBe('int8');
  });

  it('refuses int8 beyond it with the numbers, and leaves it where the recipe is open', () => {
    expect(() => judge('int8', parity(0.021))).toThrow(
      new EngineError(
        "engine.precision: int8 is refused: its ends are 0.021 from float32's in energy distance, where float32's own are 0.0 [-0.020, 0.020] apart",
      ),
    );
    const { used, reason, int8 } = judge('auto', parity(0.021));
    expect([used, int8?.distance.value]).toEqual(['float32', 0.021]);
    expect(reason).toMatch(/^int8 leads elsewhere: .*0\.021/);
  });

  it('a distance that is no number is none within the floor', () => {
    expect(() => judge('int8', parity(Number.NaN))).toThrow('is refused');
  });

  it.each([
    [1.14, 'float32'],
    [1.15, 'int8'],
  ])('is %s times as fast: %s where the recipe is open', (speedup, used) => {
    expect(judge('auto', parity(0, speedup))).toMatchObject({ used, reason: expect.stringContaining('times as fast') });
    expect(judge('int8', parity(0, speedup)).used).toBe('int8');
  });
});

describe('what a recipe asks for', () => {
  it.each([[], ['engine.precision=float32']])('%s: nothing is measured', async (...set) => {
    expect(await settlePrecision(smallRecipe(...set), straightTeacher())).toBeUndefined();
  });

  it('int8 where there are no such products is refused, or left', async () => {
    const eager = ['engine.kind=tfjs'];
    await expect(settlePrecision(smallRecipe(...eager, 'engine.precision=int8'), straightTeacher())).rejects.toThrow(
      new EngineError('engine.precision: int8 products are had from engine kind onnx, provider cpu, got tfjs, cpu'),
    );
    const { used } = (await settlePrecision(smallRecipe(...eager, 'engine.precision=auto'), straightTeacher())) ?? {};
    expect(used).toBe('float32');
  });
});
