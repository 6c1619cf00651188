import type { Student } from '../../distillation/student/file.ts';
import { cpuEngine, type Engine } from '../../engine/graph/program.ts';
import type { Teacher } from '../../teachers/teacher.ts';
import { studentSampler } from '../stage/head-sampler.ts';
import { checkSizes } from './check-sizes.ts';
import { type ContextMean, contextDistance, type EndQuality, type MeasuredHead, measureHead } from './measure.ts';
import type { EndpointReference } from './read-reference.ts';
import { type SolverFacts, solverRows } from './solver-rows.ts';
import { type TeacherEnds, teacherReference } from './teacher-reference.ts';

/** How a student is measured against its teacher in this process. */
export interface StudentEvaluationOptions extends Partial<Omit<TeacherEnds, 'steps'>> {
  /** Step counts of the student, and of the teacher's solvers beside it; 1, 2 and 4 unless given. */
  readonly steps?: readonly number[];
  /** Steps of the teacher's solver; 32 unless given. */
  readonly teacherSteps?: number;
  readonly engine?: Engine;
}

/** What was measured, as plain data: distances with 95 % intervals over contexts, head forwards a token. */
export interface StudentEvaluation {
  readonly teacher: string;
  readonly sizes: Omit<TeacherEnds, 'solver'> & { readonly solver: string };
  /** The energy distance between two sets of the teacher's own ends: what equal distributions measure. */
  readonly floor: ContextMean;
  readonly students: readonly (EndQuality & { readonly steps: number; readonly nfe: number })[];
  readonly solvers: readonly (EndQuality & SolverFacts & { readonly nfe: number })[];
}

/**
 * Measures a student, and its teacher's solvers, at each step count by how far they end from the teacher's ends of other
 * noise, in contexts that are held out. Throws DataError where the student is of other sizes.
 */
export async function evaluateStudent(
  student: Student,
  teacher: Teacher,
  { steps = [1, 2, 4], teacherSteps = 32, engine = cpuEngine(), ...ends }: StudentEvaluationOptions = {},
): Promise<StudentEvaluation> {
  const usual = { contexts: 256, draws: 16, solver: 'heun', guidance: 1, seed: 1 } as const;
  const sizes: TeacherEnds = { ...usual, ...ends, steps: teacherSteps };
  const reference = await teacherReference(teacher, sizes, engine);
  checkSizes(reference, student.config, 'the student');
  const students = steps.map((count) => ({
    facts: { steps: count },
    open: (draws: number) => studentSampler(student, draws, count, engine, ['reference', sizes.seed, count]),
  }));
  return {
    teacher: teacher.name,
    sizes,
    floor: contextDistance(reference.ends, reference.otherEnds),
    students: await measuredRows(students, reference),
    solvers: await measuredRows(solverRows(teacher, { steps, seed: sizes.seed, engine }), reference),
  };
}

/** Measures heads one after the other. */
async function measuredRows<Facts extends { readonly steps: number }>(
  heads: readonly MeasuredHead<Facts>[],
  reference: EndpointReference,
): Promise<(Facts & EndQuality & { readonly nfe: number })[]> {
  const rows: (Facts & EndQuality & { readonly nfe: number })[] = [];
  for (const head of heads)
    rows.push({ ...head.facts, ...(await measureHead(head, reference, `${head.facts.steps} steps`)) });
  return rows;
}
