import { z } from 'zod';
import { number, whole } from '../../../ground/field.ts';
import { derived } from '../../../ground/plugin/table.ts';
import { solverName } from '../../../heads/solver/solver-schema.ts';

/** What the teacher's cached trajectories hold. */
export const trajectoriesSchema = derived(() =>
  z
    .strictObject({
      contexts: whole(1, 100_000_000, 'Contexts (hidden states of the backbone) to solve from.'),
      draws: whole(1, 256, 'Noise draws a context.').default(4),
      ownEnds: whole(
        2,
        256,
        'Further draws a context, by the own sampler of the system that an imported head came from: ends that students with `ends: own` learn; none unless given.',
      ).exactOptional(),
      solver: solverName().default('heun').describe('Solver of the teacher.'),
      steps: whole(1, 1024, 'Steps of the solver from noise to data.').default(16),
      keep: whole(1, 1024, 'Steps whose ends are kept; must divide steps. States a trajectory: keep + 1.').default(8),
      freeRunning: number(
        0,
        1,
        "Share of contexts from the teacher's own generations; the others come from data (teacher-forced).",
      ).default(0),
      shardRows: whole(1, 1_000_000, 'Contexts a shard file: what is lost at most when a worker dies.').default(512),
    })
    .describe("The teacher's trajectories that students learn from; computed once, shared by all students."),
);
