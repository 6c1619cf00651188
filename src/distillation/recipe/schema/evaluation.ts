import { z } from 'zod';
import { nameIn, path, whole } from '../../../ground/field.ts';
import { derived } from '../../../ground/plugin/table.ts';
import { guidanceScale } from '../../../heads/guidance-schema.ts';
import { guidanceSchedules } from '../../../heads/original/guidance-schedule.ts';
import { measuredSolverName, solverName } from '../../../heads/solver/solver-schema.ts';
import { commandSchema } from './command.ts';
import { judgeSchema } from './judge.ts';

const annealed = z
  .array(
    z.strictObject({
      from: whole(1, 1024, 'Steps of the first token.'),
      to: whole(1, 1024, 'Steps of the last token.'),
    }),
  )
  .max(16)
  .exactOptional()
  .describe('Step counts that change along an image, of teachers that make images: rows of students and solvers.');

/** What looks at images, and what they are compared with. */
const judged = {
  features: z
    .union([path('Folder of a feature network that was trained here, or an ONNX file.'), judgeSchema])
    .optional()
    .describe('The feature network for image metrics: a folder, an ONNX file, or such a file with its contract.'),
  statistics: path(
    'What images are compared with in place of held-out ones: a .npz file of mu and sigma or of images, or a folder of pictures.',
  ).exactOptional(),
};

/** What is measured, and against what. */
export const evaluationSchema = derived(() =>
  z
    .strictObject({
      guidance: guidanceScale('Guidance scale of the evaluation; the middle of the range unless given.').optional(),
      guidanceSchedule: nameIn(guidanceSchedules)
        .exactOptional()
        .describe(
          'How the guidance scale changes along an image, of teachers that make images; constant unless given.',
        ),
      otherGuidance: z
        .array(guidanceScale('A guidance scale.'))
        .max(16)
        .exactOptional()
        .describe('Further guidance scales at which every row is sampled and measured, apart from the speeds.'),
      steps: z
        .array(whole(1, 64, 'A step count.'))
        .min(1)
        .max(16)
        .default([1, 2, 4])
        .describe('Step counts at which students and solver baselines are measured.'),
      annealed,
      teacher: z
        .strictObject({
          solver: solverName().exactOptional().describe('Solver of the reference samples.'),
          steps: whole(1, 1024, 'Steps of the reference samples.').exactOptional(),
        })
        .prefault({})
        .describe('How the teacher makes the reference samples; as it made the trajectories unless given.'),
      solvers: z
        .array(measuredSolverName())
        .max(32)
        .default([])
        .describe(
          'Solvers of the teacher to compare students with, at the same number of head forwards; bns is fitted to cached paths.',
        ),
      searchTimes: z
        .boolean()
        .exactOptional()
        .describe(
          'Whether each solver is also measured at times that are searched on cached paths, at step counts over one; true unless given.',
        ),
      ownSampler: z
        .boolean()
        .exactOptional()
        .describe(
          'Whether the own sampler of the system that an imported head came from is measured, too, as its users run it; true unless given.',
        ),
      samples: whole(2, 10_000_000, 'Images (tokens where the teacher makes no images) a row of the results.').default(
        1000,
      ),
      ...judged,
      command: commandSchema.exactOptional(),
      latencyBatches: z
        .array(whole(1, 65_536, 'A batch size.'))
        .min(1)
        .max(16)
        .default([1, 16, 256])
        .describe('Batch sizes at which the latency of the head is measured.'),
    })
    .prefault({})
    .describe('What is measured.'),
);
