import type { Engine } from '../graph/program.ts';
import type { DistillRecipe } from '../recipe/recipe.ts';
import { gaussianTeacher } from './gaussian.ts';
import { mixtureTeacher } from './mixture.ts';
import type { ContextSource, Teacher } from './teacher.ts';

/** A teacher as a recipe names it. */
export type TeacherSource = DistillRecipe['teacher'];

type Loaders = {
  readonly [Kind in TeacherSource['kind']]: (
    source: Extract<TeacherSource, { kind: Kind }>,
    engine: Engine,
    contexts?: ContextSource,
  ) => Promise<Teacher>;
};

const loaders: Loaders = {
  gaussian: async (source) => gaussianTeacher(source),
  mixture: (source) => mixtureTeacher(source.path),
  digits: async (source, engine) => (await import('./digits-teacher.ts')).digitsTeacher(source.path, engine),
  imported: async (source, _, contexts) => (await import('./imported.ts')).importedTeacher(source.path, contexts),
};

/** The teacher that a recipe names; an imported one has its contexts from elsewhere. */
export function loadTeacher(source: TeacherSource, engine: Engine, contexts?: ContextSource): Promise<Teacher> {
  const load = loaders[source.kind] as (
    source: TeacherSource,
    engine: Engine,
    contexts?: ContextSource,
  ) => Promise<Teacher>;
  return load(source, engine, contexts);
}
