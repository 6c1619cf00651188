import { z } from 'zod';
import { number } from '../ground/field.ts';

/** A guidance scale; 1 is no guidance, 0 is unconditional. */
export const guidanceScale = (description: string) => number(0, 100, description);

/** One guidance scale or a range of them that students are trained over. */
export const guidanceRange = z
  .union([
    guidanceScale('The one guidance scale.'),
    z.strictObject({
      min: guidanceScale('Smallest guidance scale.'),
      max: guidanceScale('Largest guidance scale.'),
      interval: z
        .strictObject({ from: number(0, 1, 'Its first time.'), to: number(0, 1, 'Its last time.') })
        .exactOptional()
        .describe(
          'Times, from noise at 0 to data at 1, in which the teacher is guided; outside it has a scale of 1. All of them unless given.',
        ),
    }),
  ])
  .default(1)
  .describe(
    'Scale w of classifier-free guidance: uncond + w·(cond − uncond), so 1 is no guidance. A number or a range.',
  );
