/** Makes the small recipe's trajectories in a folder: `tsx generate-small.ts folder override…`. */
import { silentProgress } from '../../../src/command-line/progress.ts';
import { generateTrajectories } from '../../../src/distillation/trajectory/generate.ts';
import { loadTeacher } from '../../../src/teachers/load.ts';
import { smallRecipe } from '../../small-recipe.ts';

const [folder = '', ...set] = process.argv.slice(2);
const recipe = smallRecipe(...set);
await generateTrajectories(recipe, await loadTeacher(recipe.teacher, recipe.engine), {
  folder,
  progress: silentProgress,
});
