import { z } from 'zod';
import { studentTraining } from '../../../engine/training/training-schema.ts';
import { whole, word } from '../../../ground/field.ts';
import { derived } from '../../../ground/plugin/table.ts';
import { studentHeadSchema } from '../../../heads/network/head-schema.ts';
import { type MethodName, methods } from '../../method/table.ts';
import { scalesByCount } from '../../student/noise-scales.ts';
import { timesByCount } from '../../student/times.ts';

const times = z.union([z.enum(['equal', 'searched']), timesByCount]).meta({
  id: 'student-times',
  description:
    'Times of its steps: equal ones (unless given), searched after training, for each of its step counts, on cached paths, or these, ' +
    'by step count: { 2: [0, 0.4, 1] }; other counts take equal ones.',
});

const noiseScales = scalesByCount.meta({
  id: 'noise-scales',
  description:
    "Factors on its noise, by step count: the first noise's, then, where its sampler re-noises, those of each new one: { 2: [1.05, 0.95] }; " +
    'other counts take the noise as it is.',
});

const studentOf = <Name extends MethodName>(method: Name, options: z.ZodType) =>
  z
    .strictObject({
      name: word('Name of the student in files and reports; unique in the recipe.'),
      method: z.literal(method).describe('Distillation method.'),
      init: word(
        'Earlier student of the recipe whose trained weights this one starts from, instead of the teacher.',
      ).optional(),
      steps: z
        .array(whole(1, 64, 'A step count.'))
        .min(1)
        .max(16)
        .optional()
        .describe("Step counts to measure this student at; the evaluation's unless given."),
      times: times.exactOptional(),
      noiseScales: noiseScales.exactOptional(),
      head: studentHeadSchema()
        .optional()
        .describe("Size of the student's head; the teacher's, with its weights, unless given."),
      signature: z
        .enum(['original', 'extended'])
        .optional()
        .describe(
          "Inputs of the student's network: the original head's own, so that it can replace that head, or also the " +
            'duration of a jump, the guidance scale and the state without a prompt (extended, unless given).',
        ),
      options: options.prefault({}).describe("The method's own knobs."),
      training: studentTraining,
    })
    .describe(`A student by the method ${method}.`)
    .meta({ id: `student-${method}` });

/** One student: a method, its own options, and how it is trained. */
export const studentSchema = derived(() => {
  const names = Object.keys(methods) as MethodName[];
  const [first, ...others] = names.map((name) => studentOf(name, methods[name].options));
  if (first === undefined) throw new TypeError('a table of methods without a method');
  return z.discriminatedUnion('method', [first, ...others]);
});
