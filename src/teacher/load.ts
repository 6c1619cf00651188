import { captureSource } from '../capture/source.ts';
import type { Engine } from '../graph/program.ts';
import type { DistillRecipe } from '../recipe/recipe.ts';
import { gaussianTeacher } from './gaussian.ts';
import { mixtureTeacher } from './mixture.ts';
import type { Teacher } from './teacher.ts';

/** A teacher as a recipe names it, with the capture that an imported one has its contexts from. */
export type TeacherSource = DistillRecipe['teacher'] & { readonly capture?: string; readonly imageGuidance?: number };

/** The teacher of a recipe as plain data, which any worker can load. */
export const teacherSource = ({ teacher, data }: Pick<DistillRecipe, 'teacher' | 'data'>): TeacherSource => ({
  ...teacher,
  ...(data !== undefined && { capture: data.path }),
  ...(data?.imageGuidance !== undefined && { imageGuidance: data.imageGuidance }),
});

type Loaders = {
  readonly [Kind in TeacherSource['kind']]: (
    source: Extract<TeacherSource, { kind: Kind }>,
    engine: Engine,
  ) => Promise<Teacher>;
};

const loaders: Loaders = {
  gaussian: async (source) => gaussianTeacher(source),
  mixture: (source) => mixtureTeacher(source.path),
  digits: async (source, engine) => (await import('./digits-teacher.ts')).digitsTeacher(source.path, engine),
  imported: async ({ path, capture, imageGuidance }) => {
    const { importedTeacher } = await import('./imported.ts');
    return importedTeacher(path, capture === undefined ? undefined : await captureSource(capture), imageGuidance);
  },
};

/** The teacher that a recipe names. */
export function loadTeacher(source: TeacherSource, engine: Engine): Promise<Teacher> {
  const load = loaders[source.kind] as (source: TeacherSource, engine: Engine) => Promise<Teacher>;
  return load(source, engine);
}
