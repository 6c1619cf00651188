import type { z } from 'zod';
import type { Engine } from '../engine/graph/program.ts';
import type { Frozen } from '../ground/frozen.ts';
import type { captureData } from './data/data-schema.ts';
import { type GuidanceInterval, guidedWithin } from './guidance-interval.ts';
import { type CaptureChoice, type teacherSection, teachers } from './table.ts';
import type { Teacher } from './teacher.ts';

type TeacherSection = Frozen<z.output<ReturnType<typeof teacherSection>>>;
type DataSection = Frozen<z.output<typeof captureData>>;

/** A teacher as a recipe names it, with the capture that an imported one has its contexts from. */
export type TeacherSource = TeacherSection &
  CaptureChoice & {
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

/** The teacher that a recipe names. */
export async function loadTeacher(source: TeacherSource, engine: Engine): Promise<Teacher> {
  const load = teachers[source.kind].load as (source: TeacherSource, engine: Engine) => Promise<Teacher>;
  const teacher = await load(source, engine);
  return source.interval === undefined ? teacher : guidedWithin(teacher, source.interval);
}
