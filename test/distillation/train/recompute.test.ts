/** Steps of every method whose activations are computed again: the numbers of steps that keep them. */
import { expect, it } from 'vitest';
import { type MethodName, methods } from '../../../src/distillation/method/table.ts';
import { studentFromScratch } from '../../../src/distillation/student/network.ts';
import { distillationTask } from '../../../src/distillation/train/distil-student.ts';
import { solveTrajectories } from '../../../src/distillation/trajectory/solve.ts';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { layoutOf } from '../../../src/engine/training/arena.ts';
import { prefixed } from '../../../src/engine/training/prefix.ts';
import { compileStep } from '../../../src/engine/training/step.ts';
import type { HeadConfig } from '../../../src/heads/network/config.ts';
import { gaussianTeacher } from '../../../src/teachers/exact/gaussian.ts';

const [contexts, draws] = [24, 2];
const config: HeadConfig = { token: 3, condition: 6, depth: 3, timeScale: 32, width: 16 };
const teacher = gaussianTeacher({ token: 3, condition: 6, std: 0.5, unconditionalStd: 1 });
const solved = { solver: 'euler', steps: 4, keep: 4, contexts, draws, guidance: { min: 1, max: 2 } } as const;
const paths = await solveTrajectories(teacher, solved, { kind: 'tfjs', provider: 'cpu', threads: 1 });

it.each(Object.keys(methods) as MethodName[])('of %s', async (method) => {
  const training = { batch: contexts * draws, draws, steps: 1 };
  const student = { name: 'one', method, options: {}, training };
  const task = distillationTask(student, 1, config, studentFromScratch(config, 1), paths, teacher);
  const start = typeof task.parameters === 'function' ? task.parameters() : task.parameters;
  const feeds = {
    ...prefixed('parameter', start),
    ...prefixed('average', start),
    ...prefixed('batch', await task.batch(0)),
  };
  const run = async (recompute: boolean) => {
    const program = await compileStep(task, layoutOf(start), { engine: cpuEngine(), recompute });
    const read = Object.fromEntries(Object.entries(feeds).filter(([name]) => Object.hasOwn(program.inputs, name)));
    const outputs = await program.run(read);
    await program.dispose();
    return outputs;
  };
  const [kept, again] = [await run(false), await run(true)];
  expect(Object.keys(again)).toEqual(Object.keys(kept));
  for (const [name, { data }] of Object.entries(kept)) {
    expect(data.every(Number.isFinite)).toBe(true);
    expect([name, again[name]?.data]).toEqual([name, data]);
  }
});
