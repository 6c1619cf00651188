import { basename } from 'node:path';
import type { Engine } from '../../engine/graph/program.ts';
import type { TaskKind } from '../../ground/pool/executor.ts';
import { loadTeacher, type TeacherSource } from '../../teachers/load.ts';
import { guidedEvaluations } from '../../teachers/teacher.ts';
import { type FitOrigin, writeFitted } from './file.ts';
import { countOf, type FitPaths } from './fit-paths.ts';
import type { PlannedFit } from './plan.ts';
import { fits } from './table.ts';

/** Everything that determines a fitted solver; plain data, so that any worker can fit it. */
export interface FitJob {
  readonly planned: PlannedFit;
  readonly teacher: TeacherSource;
  readonly engine: Engine;
  readonly paths: FitPaths;
  /** Head forwards of the solver that made one path. */
  readonly forwardsPerPath: number;
  readonly key: readonly (string | number)[];
  readonly origin: FitOrigin;
  readonly path: string;
}

/** Fits of solvers as work units. */
export const fitTasks: TaskKind<FitJob> = {
  name: 'solvers',
  module: new URL('./fit-worker.ts', import.meta.url),
  idOf: ({ path }) => basename(path, '.json'),
};

/** Fits a solver and writes it. */
export async function fitSolver(job: FitJob): Promise<void> {
  const { planned, paths, engine, key, origin } = job;
  const started = performance.now();
  const teacher = await loadTeacher(job.teacher, engine);
  try {
    const { evaluations, times, weights, ...found } = await fits[planned.fit].fit({
      ...planned,
      teacher,
      paths,
      engine,
      key,
    });
    await writeFitted(job.path, {
      format: 1,
      ...planned,
      ...found,
      times: [...times],
      ...(weights && { weights: weights.map((row) => [...row]) }),
      paths: countOf(paths),
      pathForwards: countOf(paths) * job.forwardsPerPath,
      forwards: evaluations * guidedEvaluations(teacher),
      seconds: (performance.now() - started) / 1000,
      origin,
    });
  } finally {
    await teacher.dispose();
  }
}
