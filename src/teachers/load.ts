import type { z } from 'zod';
import type { Engine } from '../engine/graph/program.ts';
import type { Frozen } from '../ground/frozen.ts';
import { captureSource } from './capture/source.ts';
import type { captureData } from './data/data-schema.ts';
import { gaussianTeacher } from './exact/gaussian.ts';
import { mixtureTeacher } from './exact/mixture.ts';
import { type GuidanceInterval, guidedWithin } from './guidance-interval.ts';
import type { teacherSource as teacherSchema } from './source-schema.ts';
import type { Teacher } from './teacher.ts';

type TeacherSection = Frozen<z.output<typeof teacherSchema>>;
type DataSection = Frozen<z.output<typeof captureData>>;

/** A teacher as a recipe names it, with the capture that an imported one has its contexts from. */
export type TeacherSource = TeacherSection & {
  readonly capture?: string;
  readonly imageGuidance?: number;
  readonly interval?: GuidanceInterval;
};

/** The teacher of a recipe as plain data, which any worker can load. */
export const teacherSource = ({
  teacher,
  data,
  guidance,
}: {
  readonly teacher: TeacherSection;
  readonly data?: DataSection | undefined;
  readonly guidance?: { readonly interval?: GuidanceInterval };
}): TeacherSource => ({
  ...teacher,
  ...(data !== undefined && { capture: data.path }),
  ...(data?.imageGuidance !== undefined && { imageGuidance: data.imageGuidance }),
  ...(guidance?.interval && { interval: guidance.interval }),
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
  digits: async (source, engine) => (await import('./image/teacher.ts')).imageTeacher(source.path, engine),
  imported: async ({ path, capture, imageGuidance }) => {
    const { importedTeacher } = await import('./imported/teacher.ts');
    return importedTeacher(path, capture === undefined ? undefined : await captureSource(capture), imageGuidance);
  },
};

/** The teacher that a recipe names. */
export async function loadTeacher(source: TeacherSource, engine: Engine): Promise<Teacher> {
  const load = loaders[source.kind] as (source: TeacherSource, engine: Engine) => Promise<Teacher>;
  const teacher = await load(source, engine);
  return source.interval === undefined ? teacher : guidedWithin(teacher, source.interval);
}
