import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type MethodName, methods } from '../../../src/distillation/method/table.ts';
import { studentFromScratch } from '../../../src/distillation/student/network.ts';
import { distillationTask, type OnlineTeacher } from '../../../src/distillation/train/distil-student.ts';
import { trainingForwards } from '../../../src/distillation/train/student-job.ts';
import type { TrajectoryCache } from '../../../src/distillation/trajectory/cache.ts';
import { solveTrajectories } from '../../../src/distillation/trajectory/solve.ts';
import { traceGraph } from '../../../src/engine/compile.ts';
import { type Graph, nodesOf } from '../../../src/engine/graph/graph.ts';
import { named } from '../../../src/engine/graph/named.ts';
import { optimize } from '../../../src/engine/graph/optimize.ts';
import { layoutOf } from '../../../src/engine/training/arena.ts';
import { stepOf } from '../../../src/engine/training/step.ts';
import { type Turn, turnsOf } from '../../../src/engine/training/turns.ts';
import { GraphError, UsageError } from '../../../src/ground/errors.ts';
import type { HeadConfig } from '../../../src/heads/network/config.ts';
import type { Guidance } from '../../../src/heads/network/network-config.ts';
import { evaluations, guidedVelocity } from '../../../src/heads/velocity.ts';
import { defineMethod, type MethodEntry } from '../../../src/index.ts';
import { gaussianTeacher } from '../../../src/teachers/exact/gaussian.ts';
import type { Teacher } from '../../../src/teachers/teacher.ts';
import { randomHead } from '../../heads/network/random-head.ts';
import { smallRecipe } from '../../small-recipe.ts';

/** Follows the teacher's velocity at both ends of a pair. */
const follow = (name = 'x'): MethodEntry =>
  defineMethod({
    title: 'Following the teacher',
    source: 'a test',
    options: z.strictObject({}),
    sampler: 'velocity',
    forwards: { student: 3, teacher: 2 },
    needs: { teacher: true },
    create: () => ({
      specs: ({ contexts, draws, token }) => ({
        [name]: { shape: [contexts, draws, token] },
        t: { shape: [contexts] },
      }),
      draw: () => ({}),
      targets: (_, batch, teacher) => {
        const [x, t] = [named(batch, name), named(batch, 't')];
        const slope = teacher(x, t);
        return { slope: tf.add(slope, teacher(tf.add(x, slope), t)) };
      },
      loss: (u, batch, targets) => {
        const t = named(batch, 't');
        return tf.mean(tf.squaredDifference(u(named(batch, name), t, t), named(targets, 'slope')));
      },
    }),
  });

const [contexts, draws] = [5, 7];
const sizes = { token: 3, condition: 6, depth: 1, timeScale: 32 };
const config: HeadConfig = { ...sizes, width: 16 };
const cache: TrajectoryCache = {
  facts: { contexts, draws },
  batch: async () => {
    throw new Error('nothing is drawn');
  },
};

const headTeacher = (guidance: Guidance): OnlineTeacher & Pick<Teacher, 'evaluations'> => {
  const head: HeadConfig = { ...sizes, width: 24, ...(guidance !== 'output' && { guidance }) };
  return {
    ...{ head, condition: head.condition, parameters: randomHead(head), evaluations: evaluations[guidance] },
    velocity: (parameters, context) => guidedVelocity(parameters, head, context),
  };
};

/** The graphs of a student's own step, and of one of the network beside it, of which `updates` go before. */
function graphsOf(method: string | MethodEntry, teacher?: OnlineTeacher) {
  const parameters = studentFromScratch(config, 1);
  const training = { batch: contexts * draws, draws, steps: 1 };
  const task = distillationTask({ name: 'one', method, options: {}, training }, 1, config, parameters, cache, teacher);
  const start = typeof task.parameters === 'function' ? task.parameters() : task.parameters;
  const layout = layoutOf(start);
  const graph = (turn: Turn): Graph => {
    const { fn, specs, constants } = stepOf(task, layout, turn);
    return optimize(traceGraph(fn, specs, constants), 'cpu');
  };
  const { own, beside } = turnsOf(task, layout);
  return { own: graph(own), ...(beside && { beside: graph(beside) }), updates: task.beside?.updates ?? 0 };
}

const graphOf = (method: string | MethodEntry, teacher?: OnlineTeacher): Graph => graphsOf(method, teacher).own;

/** How many products of all draws with a square matrix of this width there are: two a forward of one block. */
const products = (graph: Graph, width: number): number =>
  nodesOf(graph).filter(({ operation, inputs, outputs }) => {
    if (operation !== 'MatMul' && operation !== 'Gemm') return false;
    const lengths = new Set([...inputs, ...outputs].flatMap(({ shape }) => shape.slice(-2).map(Number)));
    const rows = contexts * draws;
    return lengths.size === 2 && lengths.has(rows) && lengths.has(width);
  }).length;

const blockProducts = 2;

describe('the cost that a method states', () => {
  it.each(Object.entries(methods) as [MethodName, MethodEntry][])(
    'is the matrix products of its training step: %s',
    (name, { forwards: cost, needs }) => {
      const forwards = cost({});
      const teacher = headTeacher('output');
      const { own, beside, updates } = graphsOf(name, teacher);
      const each = (width: number): number =>
        (products(own, width) + updates * (beside ? products(beside, width) : 0)) / (updates + 1);
      expect(each(16)).toBeCloseTo(blockProducts * forwards.student, 9);
      expect(each(24)).toBeCloseTo(needs?.teacher ? blockProducts * 2 * (forwards.teacher ?? 0) : 0, 9);
      const [student] = smallRecipe().students;
      expect(student && trainingForwards({ ...student, method: name, options: {} }, teacher, {})).toMatchObject({
        student: 60 * 16 * forwards.student,
        teacher: 60 * 16 * 2 * (forwards.teacher ?? 0),
      });
    },
  );

  it('follows from its options', () => {
    const { forwards } = methods['on-policy'];
    expect(forwards({ counts: [1], substeps: 16 })).toEqual({ student: 3, teacher: 32 });
    expect(forwards({ counts: [1, 4] })).toEqual({ student: 6, teacher: 8 });
    for (const name of ['consistency', 'phased-consistency'] as const) {
      expect(methods[name].forwards({})).toEqual({ student: 3 });
      for (const options of [{ finest: 0.5 }, { coarsest: 0.5 }])
        expect(methods[name].forwards(options)).toEqual({ student: 4 });
    }
    expect(methods.dmd2.forwards({ counts: [1], updates: 3 })).toEqual({ student: 4, teacher: 0.25 });
  });

  it.each(['output', 'condition', 'three-way'] as const)('counts the teacher as %s guidance costs', (guidance) => {
    const teacher = headTeacher(guidance);
    const graph = graphOf(follow(), teacher);
    const entrances = nodesOf(graph).filter(({ inputs }) =>
      inputs.some(({ source }) => source.kind === 'constant' && source.name === 'batch/res_blocks.0.mlp.0.weight'),
    );
    expect(entrances).toHaveLength(2 * (teacher.evaluations ?? 0));
    expect(products(graph, 24)).toBe(blockProducts * 2 * (teacher.evaluations ?? 0));
    expect(products(graph, 16)).toBe(blockProducts * 3);
  });

  it('has the teacher’s modulations once a context, not once a draw', () => {
    const weight = 'batch/res_blocks.0.adaLN_modulation.1.weight';
    const made = nodesOf(graphOf(follow(), headTeacher('output'))).filter(({ inputs }) =>
      inputs.some(({ source }) => source.kind === 'constant' && source.name === weight),
    );
    expect(made.length).toBeGreaterThan(0);
    for (const { outputs } of made) expect(outputs[0]?.shape[0]).toBe(contexts);
  });
});

describe('a teacher online', () => {
  const teacher = gaussianTeacher({ token: 3, condition: 6, std: 0.5, unconditionalStd: 1 });

  it('is refused to be missing, and its weights to be named as a tensor of the batch', () => {
    expect(() => graphOf(follow())).toThrow(UsageError);
    expect(() => graphOf(follow('mean_weight'), teacher)).toThrow(GraphError);
  });

  it('is told what it hears beside what the student hears, of the batch’s own contexts', async () => {
    const hears: HeadConfig = { ...config, signature: 'original' };
    const solved = { solver: 'euler', steps: 2, keep: 2, contexts, draws, guidance: { min: 1, max: 2 } } as const;
    const paths = await solveTrajectories(teacher, solved, { kind: 'tfjs', provider: 'cpu', threads: 1 });
    const student = {
      name: 'one',
      method: follow(),
      options: {},
      training: { batch: contexts * draws, draws, steps: 1 },
    };
    const task = distillationTask(student, 1, hears, {}, paths, teacher);
    const batch = await task.batch(0);
    const heard = ['conditional', 'unconditional', 'w'];
    expect(Object.keys(batch).sort()).toEqual(heard.toSorted());
    for (const name of heard) expect(batch[name]?.shape).toEqual(task.batchSpecs[name]?.shape);
  });

  it('is part of the step as constants alone, where it is asked', () => {
    const names = graphOf(follow(), teacher).inputs.map(({ source }) => source.kind === 'input' && source.name);
    expect(names).not.toContain('batch/mean_weight');
    expect(names).toContain('batch/unconditional');
  });
});
