import { counted } from '../../ground/counted.ts';
import type { Progress } from '../../ground/progress.ts';
import { mixtureTeacher } from '../../teachers/exact/mixture.ts';
import { checkSizes } from './check-sizes.ts';
import {
  type ContextMean,
  contextDistance,
  type EndQuality,
  type MeasuredHead,
  type MeasureOptions,
  measureHead,
} from './measure.ts';
import { type EndpointReference, type ReferenceSizes, readReference } from './read-reference.ts';
import { type SolverFacts, solverRows } from './solver-rows.ts';
import { type StudentFacts, studentRows } from './student-rows.ts';

/** What is measured against what. */
export interface ReferenceOptions extends MeasureOptions {
  /** File of the reference. */
  readonly reference: string;
  /** Files of the students. */
  readonly students: readonly string[];
  /** File of the exact mixture whose ends the reference has, to measure solvers beside the students. */
  readonly teacher?: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

/** A row of the results: a head at a step count, with its head forwards a token. */
export type ReferenceRow<Facts> = Facts & EndQuality & { readonly nfe: number };

/** Students, and solvers of their teacher, against a reference. */
export interface ReferenceEvaluation extends Pick<ReferenceOptions, 'reference' | 'seed' | 'teacher'> {
  readonly sizes: ReferenceSizes;
  /** The energy distance between the reference's own two sets of ends: what equal distributions measure. */
  readonly floor: ContextMean;
  readonly students: readonly ReferenceRow<StudentFacts>[];
  readonly solvers?: readonly ReferenceRow<SolverFacts>[];
}

/**
 * Measures students at each step count against a reference, and its teacher's solvers where there is a teacher. All files
 * are checked before anything is measured. Throws FileError or DataError.
 */
export async function evaluateReference(options: ReferenceOptions): Promise<ReferenceEvaluation> {
  const { seed } = options;
  const reference = await readReference(options.reference);
  const students: MeasuredHead<StudentFacts>[] = [];
  for (const path of options.students) students.push(...(await studentRows(path, reference, options)));
  const solvers = options.teacher === undefined ? undefined : await teacherRows(options.teacher, reference, options);
  const measure = measuring(reference, students.length + (solvers?.length ?? 0), options);
  const { contexts, draws, condition, token } = reference;
  return {
    reference: options.reference,
    ...(options.teacher !== undefined && { teacher: options.teacher }),
    seed,
    sizes: { contexts, draws, condition, token },
    floor: contextDistance(reference.ends, reference.otherEnds),
    students: await measure(students, ({ path }) => path),
    ...(solvers && { solvers: await measure(solvers, ({ solver }) => `teacher ${solver}`) }),
  };
}

async function teacherRows(
  path: string,
  reference: EndpointReference,
  options: MeasureOptions,
): Promise<MeasuredHead<SolverFacts>[]> {
  const teacher = await mixtureTeacher(path);
  checkSizes(reference, teacher, `the teacher ${path}`);
  return solverRows(teacher, options);
}

/** Measures one list of heads after the other, with one progress for all. */
function measuring(reference: EndpointReference, total: number, { progress, signal }: ReferenceOptions) {
  const stage = progress.stage('reference', total, 'rows');
  let done = 0;
  return async <Facts extends { readonly steps: number }>(
    heads: readonly MeasuredHead<Facts>[],
    nameOf: (facts: Facts) => string,
  ): Promise<ReferenceRow<Facts>[]> => {
    const rows: ReferenceRow<Facts>[] = [];
    for (const head of heads) {
      signal?.throwIfAborted();
      const place = `${nameOf(head.facts)}, ${counted(head.facts.steps, 'steps')}`;
      rows.push({ ...head.facts, ...(await measureHead(head, reference, place)) });
      stage.advance(++done, place);
      if (done === total) stage.done();
    }
    return rows;
  };
}
