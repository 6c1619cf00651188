import type { Engine } from '../../engine/graph/program.ts';
import { sizeOf } from '../../ground/host-tensor.ts';
import { stream } from '../../ground/random/philox.ts';
import type { SolverName } from '../../heads/solver/table.ts';
import type { Teacher } from '../../teachers/teacher.ts';
import { teacherSampler } from '../stage/head-sampler.ts';
import type { EndpointReference } from './read-reference.ts';

/** Which ends of a teacher are measured against. */
export interface TeacherEnds {
  /** E contexts of data that is held out. */
  readonly contexts: number;
  /** S noise draws a context, at least 2. */
  readonly draws: number;
  readonly solver: SolverName;
  /** Steps of the solver. */
  readonly steps: number;
  readonly guidance: number;
  readonly seed: number;
}

/** A teacher's ends as a reference: from one noise those that heads are measured from, from another those to measure by. */
export async function teacherReference(
  teacher: Teacher,
  { contexts, draws, solver, steps, guidance, seed }: TeacherEnds,
  engine: Engine,
): Promise<EndpointReference> {
  const { token, condition, name } = teacher;
  const range = { min: guidance, max: guidance };
  const drawn = { rows: contexts, freeRunning: 0, split: 'test', guidance: range, apart: true } as const;
  const { position: _, provenance: __, ...states } = await teacher.contexts({ ...drawn, key: ['reference', seed] });
  const context = { ...states, w: { shape: [contexts], data: new Float32Array(contexts).fill(guidance) } };
  const shape = [contexts, draws, token];
  const noiseOf = (set: number) => ({ shape, data: stream('reference', seed, set).normal(sizeOf(shape)) });
  const noise = noiseOf(0);
  const sampler = await teacherSampler(teacher, draws, solver, steps, engine);
  try {
    const ends = await sampler.run({ ...context, noise });
    const otherEnds = await sampler.run({ ...context, noise: noiseOf(1) });
    return { path: `the teacher ${name}`, contexts, condition, draws, token, context, noise, ends, otherEnds };
  } finally {
    await sampler.dispose();
  }
}
