import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import type { Student } from '../../../src/distillation/student/file.ts';
import { studentFromScratch, studentShapes } from '../../../src/distillation/student/network.ts';
import { jumpProgram, samplerProgram, slopeProgram } from '../../../src/distillation/student/program.ts';
import { traceGraph } from '../../../src/engine/compile.ts';
import { type Graph, type Node, nodeOf, type Value } from '../../../src/engine/graph/graph.ts';
import { optimize } from '../../../src/engine/graph/optimize.ts';
import type { NamedTensors, TensorSpec, TypedFunction } from '../../../src/engine/graph/program.ts';
import { sizeOf } from '../../../src/ground/host-tensor.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { relativeError, values } from '../../eager.ts';
import { print } from '../../engine/graph/print.ts';

const sizes = { token: 3, condition: 5, width: 16, depth: 1, timeScale: 32 };
const students: Readonly<Record<string, Pick<Student, 'config' | 'sampler'>>> = {
  plain: { config: sizes, sampler: 'flow-map' },
  're-noising': { config: sizes, sampler: 'consistency-renoised' },
  'three-way guided': { config: { ...sizes, guidance: 'three-way' }, sampler: 'consistency-renoised' },
  'original-signature': { config: { ...sizes, signature: 'original' }, sampler: 'velocity' },
  'guided before its input': {
    config: { ...sizes, architecture: 'two-time', guidance: 'condition' },
    sampler: 'flow-map',
  },
};

/** The program of an evaluation or of an export for K draws a context, or none that are seen. */
type Programs = (student: Pick<Student, 'config' | 'sampler'>, draws?: number) => TypedFunction;
const programs: Readonly<Record<string, Programs>> = {
  jump: jumpProgram,
  sampler: (student, draws) => samplerProgram(student, 3, draws),
};

/** A graph whose nodes stand in the order in which the outputs need them, whoever asked for them first. */
function ordered(graph: Graph): Graph {
  const made = new Map<Node, Node>();
  const again = (value: Value): Value => {
    const node = nodeOf(value);
    if (node === undefined) return value;
    const known = made.get(node) ?? remade(node);
    return known.outputs[node.outputs.indexOf(value)] ?? value;
  };
  const remade = (node: Node): Node => {
    const inputs = node.inputs.map(again);
    const outputs: Value[] = [];
    const next: Node = { ...node, serial: made.size, inputs, outputs };
    outputs.push(...node.outputs.map((value): Value => ({ ...value, source: { kind: 'node', node: next } })));
    made.set(node, next);
    return next;
  };
  const outputs = Object.entries(graph.outputs).map(([name, value]) => [name, again(value)]);
  return { inputs: graph.inputs, outputs: Object.fromEntries(outputs) };
}

const textOf = ({ fn, specs }: TypedFunction, config: Student['config'], target?: 'export' | 'cpu'): string => {
  const graph = traceGraph(fn, specs, studentFromScratch(config, 1));
  return print(ordered(target === undefined ? graph : optimize(graph, target)));
};

/** A program for one draw a context whose dimension is not seen: of its noises and of what it gives. */
function withoutDraws({ fn, specs, outputs }: TypedFunction): TypedFunction {
  const drawn = (spec: TensorSpec): boolean => spec.shape.length > 2;
  const shorter = (spec: TensorSpec): TensorSpec =>
    drawn(spec) ? { shape: [...spec.shape.slice(0, -2), ...spec.shape.slice(-1)] } : spec;
  const outside = Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, shorter(spec)]));
  const longer = (all: NamedTensors): NamedTensors =>
    Object.fromEntries(
      Object.entries(all).map(([name, value]) => {
        const spec = specs[name];
        return [name, spec && drawn(spec) ? tf.expandDims(value, spec.shape.length - 2) : value];
      }),
    );
  return {
    specs: outside,
    outputs,
    fn: (all) =>
      Object.fromEntries(Object.entries(fn(longer(all))).map(([name, value]) => [name, tf.squeeze(value, [1])])),
  };
}

describe.each(Object.entries(students))('what is measured of a %s student is what is exported', (_, student) => {
  const { config } = student;

  it.each(Object.entries(programs))(
    'the %s of an evaluation is the exported one with a dimension of draws',
    (_, of) => {
      for (const target of [undefined, 'export', 'cpu'] as const)
        expect(textOf(withoutDraws(of(student, 1)), config, target)).toBe(textOf(of(student), config, target));
    },
  );

  it.each(Object.entries(programs))('the %s has K draws where it has one, and is the same otherwise', (_, of) => {
    const at = (draws: number): string =>
      textOf(of(student, draws), config, 'export').replace(new RegExp(`\\b${draws}\\b`, 'g'), 'K');
    expect(at(89)).toBe(at(97)); // numbers that stand for nothing else
    expect(at(97)).toContain('[batch, K, 3]');
  });

  it('exports and evaluations take the same inputs by the same names', () => {
    expect(Object.keys(samplerProgram(student, 3, 7).specs)).toEqual(Object.keys(samplerProgram(student, 3).specs));
  });
});

describe.each(Object.entries(students))('the slope of a %s student', (_, { config }) => {
  const student = { config, sampler: 'flow-map' } as const;
  const drawn = (name: string, shape: readonly number[], scale = 1): tf.Tensor =>
    tf.tensor(
      stream('slope', name)
        .normal(sizeOf(shape))
        .map((value) => scale * value),
      [...shape],
    );
  const inputsOf = (draws?: number): NamedTensors => ({
    ...Object.fromEntries(
      Object.entries(jumpProgram(student, draws).specs).map(([name, { shape }]) => [
        name,
        drawn(
          name,
          shape.map((size) => (size === 'batch' ? 2 : size)),
        ),
      ]),
    ),
    ...Object.fromEntries(
      Object.entries(studentShapes(config)).map(([name, shape]) => [name, drawn(name, shape, 0.3)]),
    ),
    ...{ s: tf.tensor([0.1, 0.3]), t: tf.tensor([0.6, 0.5]) },
  });

  it.each([undefined, 3])('is what its jump makes of the same inputs in the time between, %s draws', (draws) => {
    const { fn, specs } = slopeProgram(student, draws);
    const jump = jumpProgram(student, draws);
    expect(specs).toEqual(jump.specs);
    const slope = values(() => fn(inputsOf(draws)).u ?? tf.scalar(0));
    const between = values(() => {
      const inputs = inputsOf(draws);
      const { x, s, t } = inputs;
      const { x_next } = jump.fn(inputs);
      if (!x || !s || !t || !x_next) throw new Error('a jump from x at s to t');
      const duration = tf.reshape(tf.sub(t, s), [2, ...x.shape.slice(1).map(() => 1)]);
      return tf.div(tf.sub(x_next, x), duration);
    });
    expect(slope).toHaveLength(2 * (draws ?? 1) * config.token);
    expect(relativeError(slope, between)).toBeLessThan(1e-4);
  });
});
