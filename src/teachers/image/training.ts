import { trainLogged } from '../../engine/training/logged-training.ts';
import type { TrainingLog, TrainingTask } from '../../engine/training/loop.ts';
import { loadMnist } from '../data/mnist.ts';
import { digitsBatches, digitsSource } from './batch.ts';
import { writeTeacherCard } from './card.ts';
import { digitsBatchSpecs, digitsLoss } from './loss.ts';
import { digitsConfig, initialDigits } from './model.ts';
import type { TeacherRecipe } from './training-recipe.ts';
import { type DigitsWeights, writeDigitsWeights } from './weights.ts';

/** How the training of a teacher is watched and stopped. */
export interface TeacherTrainingOptions {
  /** The run's folder: checkpoint.safetensors and metrics.jsonl. */
  readonly folder: string;
  /** The command that started it, for the card. */
  readonly command: string;
  /** Called at the start (with the step it resumes at) and every few steps. */
  readonly progress?: (step: number, steps: number, line?: TrainingLog) => void;
  readonly signal?: AbortSignal;
}

const LOG_EVERY = 20;

/**
 * Trains the digits teacher and writes weights and card into the recipe's output folder. The same call again resumes at
 * the last checkpoint.
 */
export async function trainDigits(recipe: TeacherRecipe, options: TeacherTrainingOptions): Promise<void> {
  const { training } = recipe;
  const config = digitsConfig({ patch: recipe.data.patch, backbone: recipe.backbone, head: recipe.head });
  const source = digitsSource(config, loadMnist('train'));
  const task: TrainingTask = {
    parameters: initialDigits(config, recipe.seed),
    batchSpecs: digitsBatchSpecs(config, training.batch, training.draws),
    batch: digitsBatches(source, { ...training, seed: recipe.seed, promptDropout: recipe.promptDropout }),
    loss: (parameters, batch) => digitsLoss(parameters, config, batch),
  };
  const trained = await trainLogged(task, {
    ...training,
    engine: recipe.engine,
    folder: options.folder,
    logEvery: LOG_EVERY,
    progress: (step, line) => options.progress?.(step, training.steps, line),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const weights: Omit<DigitsWeights, 'hash'> = {
    config,
    parameters: trained.average,
    normalization: source.normalization,
  };
  await writeDigitsWeights(recipe.output, weights);
  await writeTeacherCard(recipe, { command: options.command, lines: trained.log, parameters: trained.average });
}
