import type { Precision } from '../../src/engine/graph/program.ts';
import { guide } from '../../src/heads/flow.ts';
import { headShapes } from '../../src/heads/network/config.ts';
import { applyHead, modulate } from '../../src/heads/network/skeleton.ts';
import { endsOf } from '../../src/teachers/solve/ends.ts';
import { teacherSolver } from '../../src/teachers/solve/teacher-solver.ts';
import type { Teacher } from '../../src/teachers/teacher.ts';
import { comparedHeads, type HeadName, sizes } from './heads.ts';
import { randomInputs, randomWeights, writeInputs } from './inputs.ts';
import type { Workload } from './workload.ts';

/** What is solved: so many samples, so many draws of a context, in which numbers here. */
export interface SolveSizes {
  readonly samples: number;
  readonly draws: number;
  readonly steps: number;
  readonly precision: Precision;
}

/** A guided Euler solve of a teacher, as the trajectories of a run are made. */
export function solveWorkload(name: HeadName, { samples, draws, steps, precision }: SolveSizes): Workload {
  const { label, config } = comparedHeads[name];
  const contexts = samples / draws;
  return {
    name: `${label}, K = ${draws}${precision === 'int8' ? ', ours int8' : ''}`,
    ...(precision === 'int8' && { tolerance: 0.1 }),
    request: { workload: 'solve', head: sizes(config), steps },
    open: async (file, engine) => {
      const parameters = randomWeights(headShapes(config));
      const hidden = { shape: [contexts, config.condition] };
      const input = randomInputs({
        noise: { shape: [contexts, draws, config.token] },
        conditional: hidden,
        unconditional: hidden,
        w: { shape: [contexts] },
      }) as Record<'noise' | 'conditional' | 'unconditional' | 'w', ReturnType<typeof randomInputs>[string]>;
      await writeInputs(file, parameters, input);
      const teacher: Teacher = {
        ...{ name: label, hash: label, token: config.token, condition: config.condition, head: config, parameters },
        velocity: (weights, { conditional, unconditional, w }) => {
          return (x, t) =>
            guide(
              applyHead(weights, x, modulate(weights, config, t, conditional)),
              applyHead(weights, x, modulate(weights, config, t, unconditional)),
              w,
            );
        },
        contexts: async () => {
          throw new TypeError('contexts are given');
        },
        dispose: async () => {},
      };
      const solver = await teacherSolver(teacher, draws, { solver: 'euler', steps, keep: 1, precision }, engine);
      const run = () => solver.paths(input);
      const { data } = endsOf(await run());
      return { check: Array.from(data.subarray(0, 8)), run, dispose: solver.dispose };
    },
  };
}
