import { describe, expect, it } from 'vitest';
import { planOf } from '../../src/tasks/plan.ts';
import { taskSources } from '../../src/tasks/sources.ts';
import { loadTeacher, teacherSource } from '../../src/teachers/load.ts';
import { smallRecipe } from '../small-recipe.ts';

describe('a machine whose teacher is another than the plan’s', () => {
  it('is refused; one with the plan’s own teacher is not', async () => {
    const recipe = smallRecipe();
    const { hash } = await loadTeacher(teacherSource(recipe), recipe.engine);
    const run = { name: 'small-0123456789ab', path: 'none', recipe };
    const unitsWith = (teacher: string) =>
      taskSources.trajectories.tasks({
        ...run,
        plan: { place: '0123456789abcdef', ...planOf(recipe, 'none', { hash: teacher }, { mixed: false }) },
      });
    expect((await unitsWith(hash)).map(({ id }) => id)).toContain('held-out');
    await expect(unitsWith('0123456789abcdef')).rejects.toThrow(
      `small-0123456789ab: refused: expected teacher 0123456789ab… as in its plan, got ${hash.slice(0, 12)}… here`,
    );
  });
});
