import { basename } from 'node:path';
import { knownMethod } from '../../distillation/method/table.ts';
import { readStudent, type Student } from '../../distillation/student/file.ts';
import type { SamplerName } from '../../distillation/student/sampler/table.ts';
import { ownTimes } from '../../distillation/student/times.ts';
import { DataError } from '../../ground/errors.ts';
import { hearingOf } from '../../heads/context.ts';
import { studentSampler } from '../stage/head-sampler.ts';
import { checkSizes } from './check-sizes.ts';
import type { MeasuredHead, MeasureOptions } from './measure.ts';
import type { EndpointReference } from './read-reference.ts';

/** A student at a step count, as its file tells. */
export interface StudentFacts {
  readonly student: string;
  readonly path: string;
  readonly method?: string;
  readonly seed?: number;
  readonly sampler: SamplerName;
  readonly steps: number;
  /** The student's own times [steps + 1]; equal steps where absent. */
  readonly times?: readonly number[];
}

/**
 * The rows of a student's file: each step count (a one-step specialist keeps its own), and by its method's second
 * sampler each of more than one step; where it has times of its own, at these and in equal steps. Throws FileError, or
 * DataError where it does not fit the reference.
 */
export async function studentRows(
  path: string,
  reference: EndpointReference,
  { steps, seed, engine }: MeasureOptions,
): Promise<MeasuredHead<StudentFacts>[]> {
  const student = await readStudent(path);
  checkFits(path, student, reference);
  const { otherSampler: other, needs } = knownMethod(student.metadata.method ?? '') ?? {};
  const rowOf = (sampler: SamplerName, count: number, times?: readonly number[]): MeasuredHead<StudentFacts> => ({
    facts: { ...factsOf(path, student), sampler, steps: count, ...(times && { times }) },
    open: async (draws) => {
      // read anew for each row: the weights of all students at once may be more than the memory
      const { times: all, ...equal } = await readStudent(path);
      const head = { ...equal, sampler, ...(times && all && { times: all }) };
      return studentSampler(head, draws, count, engine, ['reference', seed, count]);
    },
  });
  const rowsOf = (sampler: SamplerName, count: number): MeasuredHead<StudentFacts>[] => {
    const times = ownTimes({ ...student, sampler }, count);
    return [...(times ? [rowOf(sampler, count, times)] : []), rowOf(sampler, count)];
  };
  const counts = needs?.steps ?? steps;
  const several = counts.filter((count) => count > 1);
  return [
    ...counts.flatMap((count) => rowsOf(student.sampler, count)),
    ...(other === undefined || other === student.sampler ? [] : several.flatMap((count) => rowsOf(other, count))),
  ];
}

function factsOf(path: string, { metadata }: Student): Omit<StudentFacts, 'sampler' | 'steps'> {
  const { name = basename(path, '.safetensors'), method, seed } = metadata;
  const known = /^\d{1,10}$/.test(seed ?? '');
  return {
    student: name,
    path,
    ...(method !== undefined && { method }),
    ...(known && { seed: Number(seed) }),
  };
}

function checkFits(path: string, { config }: Student, reference: EndpointReference): void {
  checkSizes(reference, config, `the student ${path}`);
  if (hearingOf(config) === 'three-way')
    throw new DataError(
      `${path}: expected a student that is guided by a prompt alone, got one that also hears the image: ${reference.path} has no states of it`,
    );
}
