import { z } from 'zod';
import { number, positive, whole } from '../../ground/field.ts';
import { defaultMuonScale } from './optimizer.ts';

/** Fields of every training loop: AdamW or Muon with warm-up, clipping, an average of the weights, and checkpoints. */
export const trainingShape = {
  steps: whole(1, 1_000_000, 'Optimizer steps.'),
  optimizer: z
    .enum(['adamw', 'muon'])
    .exactOptional()
    .describe(
      'What moves the weights: adamw (unless given), or muon, which moves the matrices of hidden layers from 32 × 32 on ' +
        'by their momentum made orthogonal, and the other tensors by AdamW.',
    ),
  muonScale: positive(
    1000,
    "Learning rate of muon's matrices in units of learningRate; 5 unless given.",
  ).exactOptional(),
  learningRate: positive(1, 'Peak learning rate of AdamW.'),
  warmup: whole(0, 1_000_000, 'Steps over which the learning rate rises from 0 to its peak.').default(100),
  schedule: z
    .enum(['cosine', 'constant'])
    .default('cosine')
    .describe('Course of the learning rate after warm-up: cosine falls to 0 at the last step.'),
  ema: number(
    0,
    0.999999,
    'Decay of the exponential moving average of the weights; the average is what is kept.',
  ).default(0.999),
  clip: positive(1e6, 'Largest global norm of the gradient; longer ones are scaled down to it.').default(1),
  weightDecay: number(0, 1, 'Decoupled weight decay, of muon, too.').default(0),
  beta1: number(0, 0.9999, "Decay of AdamW's first moment.").default(0.9),
  beta2: number(0, 0.999999, "Decay of AdamW's second moment.").default(0.99),
  checkpointEvery: whole(
    1,
    1_000_000,
    'Steps between checkpoints; an interrupted run resumes at the last one.',
  ).default(500),
};

/** A field whose default is filled in later. */
const open = <Field extends z.ZodType>(field: z.ZodDefault<Field>) => field.unwrap().exactOptional();

/** Training of a student on cached trajectories; what is left open its method fills in. */
export const studentTraining = z
  .strictObject({
    steps: trainingShape.steps,
    optimizer: trainingShape.optimizer,
    muonScale: trainingShape.muonScale,
    learningRate: trainingShape.learningRate.exactOptional(),
    warmup: open(trainingShape.warmup),
    schedule: open(trainingShape.schedule),
    ema: open(trainingShape.ema),
    clip: open(trainingShape.clip),
    weightDecay: open(trainingShape.weightDecay),
    beta1: open(trainingShape.beta1),
    beta2: open(trainingShape.beta2),
    checkpointEvery: open(trainingShape.checkpointEvery),
    batch: whole(1, 1_048_576, 'Samples a step: contexts times draws.').default(512),
    draws: whole(
      1,
      256,
      'Noise draws a context that share its modulations; those of the trajectories unless given.',
    ).optional(),
    precision: z
      .enum(['float32', 'int8', 'auto'])
      .exactOptional()
      .describe(
        "Of the large products of a step, the weights' gradients with them, on the cpu of engine kind onnx: float32 unless given; " +
          'auto takes int8 where a step is faster so, which is timed before the first one.',
      ),
    recompute: z
      .boolean()
      .exactOptional()
      .describe(
        "Whether a step's gradients compute activations again instead of keeping them, for batches that would not fit: the same " +
          'numbers in less memory and more time; false unless given. For engine kind onnx.',
      ),
    keep: z
      .enum(['last', 'best'])
      .exactOptional()
      .describe(
        'Which averaged weights become the student: the last (unless given), or the best, at the lowest held-out energy ' +
          'distance among the looks of its training.',
      ),
    patience: whole(
      1,
      10_000,
      'Looks in a row without a lower held-out energy distance after which training ends early; never unless given.',
    ).exactOptional(),
  })
  .describe('How this student is trained; what is not given is what its method takes.')
  .meta({ id: 'student-training' });

/** Which optimizer a training takes, and Muon's own knob. */
export type OptimizerChoice = Pick<z.output<typeof studentTraining>, 'optimizer' | 'muonScale'>;

/** What methods leave to recipes: which weights a training keeps, whether it may end early, in which numbers and memory it computes. */
export type RecipeChoice = Pick<z.output<typeof studentTraining>, 'keep' | 'patience' | 'precision' | 'recompute'>;

/** What a method may choose of its students' training; a recipe's own values come first. */
export type TrainingChoices = OptimizerChoice &
  Required<
    Omit<
      z.output<typeof studentTraining>,
      'steps' | 'batch' | 'draws' | 'checkpointEvery' | keyof OptimizerChoice | keyof RecipeChoice
    >
  >;

/**
 * A training with its optimizer settled: as was `chosen`, else as is `usual`. AdamW is written down only where something
 * else is usual, so that recipes from before there was a choice keep their hashes.
 */
export function withOptimizer<Training extends OptimizerChoice>(
  training: Training,
  chosen: OptimizerChoice = training,
  usual: OptimizerChoice = {},
): Omit<Training, keyof OptimizerChoice> & OptimizerChoice {
  const { optimizer: _, muonScale: __, ...others } = training;
  const optimizer = chosen.optimizer ?? usual.optimizer ?? 'adamw';
  const muonScale = optimizer === 'muon' ? (chosen.muonScale ?? usual.muonScale ?? defaultMuonScale) : chosen.muonScale;
  return {
    ...others,
    ...((optimizer === 'muon' || usual.optimizer === 'muon') && { optimizer }),
    ...(muonScale !== undefined && { muonScale }),
  };
}

const { warmup, schedule, ema, clip, weightDecay, beta1, beta2, checkpointEvery } = trainingShape;

/** What students are trained with where neither recipe nor method says otherwise. */
export const studentTrainingDefaults: TrainingChoices & { readonly checkpointEvery: number } = {
  learningRate: 1e-3,
  ...z.object({ warmup, schedule, ema, clip, weightDecay, beta1, beta2, checkpointEvery }).parse({}),
};

/** Training of a teacher on data. */
export const teacherTraining = z
  .strictObject({
    ...trainingShape,
    batch: whole(1, 65_536, 'Images a step.').default(128),
    draws: whole(1, 256, 'Noise draws a token that share its modulations.').default(4),
  })
  .describe('How the teacher is trained.');

/** Training of the feature network on labelled data. */
export const featuresTraining = z
  .strictObject({ ...trainingShape, batch: whole(1, 65_536, 'Images a step.').default(128) })
  .describe('How the feature network is trained.');
