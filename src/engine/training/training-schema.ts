import { z } from 'zod';
import { number, positive, whole } from '../../ground/field.ts';

/** Fields of every training loop: AdamW with warm-up, clipping, an average of the weights, and checkpoints. */
export const trainingShape = {
  steps: whole(1, 1_000_000, 'Optimizer steps.'),
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
  weightDecay: number(0, 1, 'Decoupled weight decay of AdamW.').default(0),
  beta1: number(0, 0.9999, "Decay of AdamW's first moment.").default(0.9),
  beta2: number(0, 0.999999, "Decay of AdamW's second moment.").default(0.99),
  checkpointEvery: whole(
    1,
    1_000_000,
    'Steps between checkpoints; an interrupted run resumes at the last one.',
  ).default(500),
};

/** Training of a student on cached trajectories. */
export const studentTraining = z
  .strictObject({
    ...trainingShape,
    batch: whole(1, 1_048_576, 'Samples a step: contexts times draws.').default(512),
    draws: whole(
      1,
      256,
      'Noise draws a context that share its modulations; those of the trajectories unless given.',
    ).optional(),
  })
  .describe('How this student is trained.')
  .meta({ id: 'student-training' });

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
