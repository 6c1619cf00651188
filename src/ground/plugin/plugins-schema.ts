import { z } from 'zod';
import { path } from '../field.ts';

const file = path('A file whose default export is `definePlugin(…)`.');

/** The plug-ins of a recipe, which are loaded where the command line allows it; with its SHA-256 one must be that very one. */
export const pluginsSchema = z
  .array(
    z.union([
      file.transform((path) => ({ path })),
      z.strictObject({
        path: file,
        sha256: z
          .string()
          .regex(/^[0-9a-f]{64}$/)
          .meta({ description: 'SHA-256 that it must have.', patternErrorMessage: 'expected 64 hexadecimal digits' }),
      }),
    ]),
  )
  .max(32)
  .describe('Plug-ins that add methods, solvers, …; their code is run with --allow-plugins alone.')
  .meta({ id: 'plugins' });

/** A plug-in as a recipe names it. */
export interface RecipePlugin {
  readonly path: string;
  readonly sha256?: string;
}
