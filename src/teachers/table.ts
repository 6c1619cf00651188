import { z } from 'zod';
import type { Engine } from '../engine/graph/program.ts';
import type { Frozen } from '../ground/frozen.ts';
import { derived, extensible } from '../ground/plugin/table.ts';
import { captureSource } from './capture/source.ts';
import { gaussianTeacher } from './exact/gaussian.ts';
import { mixtureTeacher } from './exact/mixture.ts';
import { digits, gaussian, imported, mixture } from './source-schema.ts';
import type { Teacher } from './teacher.ts';

/** What a recipe says beside a teacher's section of where an imported one has its contexts from. */
export interface CaptureChoice {
  readonly capture?: string;
  readonly imageGuidance?: number;
}

/** A kind of teacher: its section in recipes, whose `kind` is its name, and how it is loaded, in any thread. */
export interface TeacherEntry {
  readonly section: z.ZodObject;
  readonly load: (source: never, engine: Engine) => Promise<Teacher>;
}

/** A kind of teacher that gets its section typed, as plain data. */
export const defineTeacher = <Section extends z.ZodObject>(entry: {
  readonly section: Section;
  readonly load: (source: Frozen<z.output<Section>> & CaptureChoice, engine: Engine) => Promise<Teacher>;
}) => entry;

const builtIn = {
  gaussian: defineTeacher({ section: gaussian, load: async (source) => gaussianTeacher(source) }),
  mixture: defineTeacher({ section: mixture, load: ({ path }) => mixtureTeacher(path) }),
  digits: defineTeacher({
    section: digits,
    load: async ({ path }, engine) => (await import('./image/teacher.ts')).imageTeacher(path, engine),
  }),
  imported: defineTeacher({
    section: imported,
    load: async ({ path, capture, imageGuidance }) => {
      const { importedTeacher } = await import('./imported/teacher.ts');
      return importedTeacher(path, capture === undefined ? undefined : await captureSource(capture), imageGuidance);
    },
  }),
} as const satisfies Readonly<Record<string, TeacherEntry>>;

/** A teacher's kind in recipes. */
export type TeacherKind = keyof typeof builtIn;

/** The kinds of teachers by the names that recipes use. */
export const teachers = extensible('teachers', builtIn);

type Section = (typeof builtIn)[TeacherKind]['section'];

/** The many-step teacher of a distillation. */
export const teacherSection = derived(() => {
  const [first, ...others]: Section[] = Object.values(teachers).map(({ section }) => section);
  return z.discriminatedUnion('kind', [first ?? gaussian, ...others]).describe('The many-step teacher to distil.');
});
