import { cpus } from 'node:os';
import path from 'node:path';
import type { TrainingLog } from '../../engine/training/task.ts';
import { writeAtomic } from '../../ground/file/atomic.ts';
import { readJson, writeJson } from '../../ground/file/json.ts';
import { type Parameters, sizeOf } from '../../ground/host-tensor.ts';
import { cardSchema, type TeacherCard } from './card-schema.ts';
import { type CardQuality, cardText } from './card-text.ts';
import { lossCurve } from './loss-curve.ts';
import type { TeacherRecipe } from './training-recipe.ts';

/** How a teacher came to be: what its card tells beside the recipe. */
export interface TeacherOrigin {
  /** The command that made it. */
  readonly command: string;
  readonly lines: readonly TrainingLog[];
  readonly parameters: Parameters;
}

const LAST_LINES = 20;

/** Writes card.json, card.md and loss.svg into the recipe's output folder. */
export async function writeTeacherCard(recipe: TeacherRecipe, origin: TeacherOrigin): Promise<void> {
  const { output, training } = recipe;
  const last = origin.lines.slice(-LAST_LINES);
  const mean = (name: string): number => last.reduce((sum, line) => sum + (line[name] ?? 0), 0) / last.length;
  const card: TeacherCard = {
    name: recipe.name,
    command: origin.command,
    data: recipe.data,
    seed: recipe.seed,
    steps: training.steps,
    batch: training.batch,
    draws: training.draws,
    promptDropout: recipe.promptDropout,
    parameters: Object.values(origin.parameters).reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    trainingSeconds: Math.round(last.at(-1)?.secondsElapsed ?? 0),
    loss: { loss: mean('loss'), flow: mean('flow'), letters: mean('letters') },
    threads: recipe.engine.threads,
    machine: `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores`,
    node: process.version,
    finishedAt: new Date().toISOString().slice(0, 10),
  };
  await writeJson(path.join(output, 'card.json'), cardSchema(), card);
  await writeAtomic(path.join(output, 'loss.svg'), lossCurve(origin.lines));
  await writeAtomic(path.join(output, 'card.md'), cardText(card));
}

/** Writes card.md again, with what was measured. */
export async function writeTeacherCardText(folder: string, quality: CardQuality): Promise<void> {
  const card = await readJson(path.join(folder, 'card.json'), cardSchema());
  await writeAtomic(path.join(folder, 'card.md'), cardText(card, quality));
}
