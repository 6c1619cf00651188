import { expect, it } from 'vitest';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { measureParity } from '../../../src/evaluation/parity/measure.ts';
import { judge } from '../../../src/evaluation/parity/settle.ts';
import { loadTeacher } from '../../../src/teachers/load.ts';
import { smallRecipe } from '../../small-recipe.ts';

it('the shipped teacher of digits may be solved with int8 products: they are rounded, and end where it does', async () => {
  const recipe = smallRecipe(
    'teacher={kind: digits, path: teachers/digits}',
    'guidance=1.5',
    'trajectories={contexts: 64, draws: 2, solver: euler, steps: 8, keep: 1}',
  );
  const teacher = await loadTeacher(recipe.teacher, recipe.engine);
  const parity = await measureParity(recipe, teacher, cpuEngine()).finally(() => teacher.dispose());
  expect(parity.endpointError).toBeGreaterThan(0.002); // nothing was quantised
  expect(parity.endpointError).toBeLessThan(0.06);
  expect(parity.distance.value).toBeLessThan(parity.floor.high / 3);
  expect(judge('int8', parity).used).toBe('int8');
});
