import { cpus } from 'node:os';
import path from 'node:path';
import { writeAtomic } from '../file/atomic.ts';
import { formatJson } from '../file/json.ts';
import { type Parameters, sizeOf } from '../host-tensor.ts';
import type { TeacherRecipe } from '../recipe/recipe.ts';
import type { TrainingLog } from '../train/loop.ts';
import { lossCurve } from './loss-curve.ts';

/** How a teacher came to be: what its card tells beside the recipe. */
export interface TeacherOrigin {
  /** The command that made it. */
  readonly command: string;
  readonly lines: readonly TrainingLog[];
  readonly parameters: Parameters;
}

/** Writes card.json (recipe, cost, machine) and loss.svg into the recipe's output folder. */
export async function writeTeacherCard(recipe: TeacherRecipe, origin: TeacherOrigin): Promise<void> {
  const file = path.join(recipe.output, 'card.json');
  const last = origin.lines.at(-1);
  const card = {
    name: recipe.name,
    command: origin.command,
    recipe,
    parameters: Object.values(origin.parameters).reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    trainingSeconds: Math.round(last?.secondsElapsed ?? 0),
    finalLoss: meanLoss(origin.lines.slice(-20)),
    machine: `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores`,
    node: process.version,
    finishedAt: new Date().toISOString().slice(0, 10),
  };
  await writeAtomic(file, formatJson(file, card));
  await writeAtomic(path.join(recipe.output, 'loss.svg'), lossCurve(origin.lines));
}

const meanLoss = (lines: readonly TrainingLog[]): number =>
  lines.reduce((sum, { loss }) => sum + loss, 0) / Math.max(1, lines.length);
