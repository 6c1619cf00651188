import { trainLogged } from '../../engine/training/logged-training.ts';
import type { TrainingLog, TrainingTask } from '../../engine/training/task.ts';
import { imageDataSet } from '../data/table.ts';
import { imageBatches, imageSource } from './batch.ts';
import { writeTeacherCard } from './card.ts';
import { imageBatchSpecs, imageLoss } from './loss.ts';
import { imageConfig, initialImageModel } from './model.ts';
import type { TeacherRecipe } from './training-recipe.ts';
import { type ImageWeights, writeImageWeights } from './weights.ts';

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
 * Trains an image teacher and writes weights and card into the recipe's output folder. The same call again resumes at
 * the last checkpoint.
 */
export async function trainImageTeacher(recipe: TeacherRecipe, options: TeacherTrainingOptions): Promise<void> {
  const { training } = recipe;
  const config = imageConfig({
    data: recipe.data.kind,
    patch: recipe.data.patch,
    backbone: recipe.backbone,
    head: recipe.head,
  });
  const source = imageSource(config, imageDataSet(config.data).load('train'));
  const task: TrainingTask = {
    parameters: initialImageModel(config, recipe.seed),
    batchSpecs: imageBatchSpecs(config, training.batch, training.draws),
    batch: imageBatches(source, { ...training, seed: recipe.seed, promptDropout: recipe.promptDropout }),
    loss: (parameters, batch) => imageLoss(parameters, config, batch),
  };
  const trained = await trainLogged(task, {
    ...training,
    engine: recipe.engine,
    folder: options.folder,
    logEvery: LOG_EVERY,
    progress: (step, line) => options.progress?.(step, training.steps, line),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const weights: Omit<ImageWeights, 'hash'> = {
    config,
    parameters: trained.average,
    normalization: source.normalization,
  };
  await writeImageWeights(recipe.output, weights);
  await writeTeacherCard(recipe, { command: options.command, lines: trained.log, parameters: trained.average });
}
