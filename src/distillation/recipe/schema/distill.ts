import { z } from 'zod';
import { engineSchema } from '../../../engine/engine-schema.ts';
import { seed, word } from '../../../ground/field.ts';
import { pluginsSchema } from '../../../ground/plugin/plugins-schema.ts';
import { derived } from '../../../ground/plugin/table.ts';
import { guidanceRange } from '../../../heads/guidance-schema.ts';
import { captureData } from '../../../teachers/data/data-schema.ts';
import { teacherSection } from '../../../teachers/table.ts';
import { evaluationSchema } from './evaluation.ts';
import { studentSchema } from './student.ts';
import { trajectoriesSchema } from './trajectories.ts';

/** A distillation: teacher, trajectories, students, evaluation. */
export const distillSchema = derived(() =>
  z
    .strictObject({
      kind: z.literal('distill').describe('A distillation, from teacher to report: `fewstep run`.'),
      name: word('Name of the run in folders and reports.'),
      preview: z.boolean().default(false).describe('Marks short runs: their reports are labelled a preview.'),
      plugins: pluginsSchema.exactOptional(),
      seeds: z
        .array(seed('A seed.'))
        .min(1)
        .max(64)
        .default([1])
        .describe('Each seed trains and evaluates every student.'),
      engine: engineSchema,
      teacher: teacherSection(),
      data: captureData.optional(),
      guidance: guidanceRange,
      trajectories: trajectoriesSchema(),
      students: z.array(studentSchema()).min(1).max(64).describe('The students to make.'),
      evaluation: evaluationSchema(),
    })
    .describe('Distils a teacher into few-step students.'),
);
