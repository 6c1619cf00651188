import * as tf from '@tensorflow/tfjs';
import { type CompileOptions, compile } from '../../engine/compile.ts';
import { type AheadProgram, compileAhead } from '../../engine/compile-ahead.ts';
import { named } from '../../engine/graph/named.ts';
import type { NamedTensors, Program, TensorSpec } from '../../engine/graph/program.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { contextOf, contextSpecs } from '../../heads/context.ts';
import type { Context, Velocity } from '../../heads/flow.ts';
import { zeros } from '../../heads/network/initial.ts';
import type { Solver } from '../../heads/solver/solver.ts';
import { type SolverName, solvers } from '../../heads/solver/table.ts';
import type { Teacher, VelocityParts } from '../teacher.ts';
import { timesOf } from './chunk.ts';

/** Where programs run, and in which numbers. */
type Numbers = Pick<CompileOptions, 'engine' | 'precision'>;

type HostTensors = Readonly<Record<string, HostTensor>>;

/** A solver's step, compiled: x [B, K, D] from time `from` [1] to time `to` [1], with what one step leaves to the next. */
export interface Stepper {
  /** Gives `x` and what the next step is to be given as `left`; in memory of `room`, where given. */
  readonly step: (feeds: HostTensors, into?: HostTensors) => Promise<HostTensors>;
  /** Memory for all that a step of so many contexts gives. */
  readonly room: (rows: number) => HostTensors;
  /** What steps are given beside x and times, under a context of so many rows, the first of which begins at a time [1]. */
  readonly begin: (context: HostTensors, time: HostTensor, rows: number) => Promise<Beginning>;
  readonly dispose: () => Promise<void>;
}

/** What steps are given beside x and times. */
export interface Beginning {
  /** Every one of them. */
  readonly told: HostTensors;
  /** The first one; each gives the next one's. */
  readonly left: HostTensors;
}

/** One time [1] for every row of a tensor [B, …]: [B]. */
export const ofEveryRow = (time: tf.Tensor, { shape: [rows = 1] }: tf.Tensor): tf.Tensor =>
  tf.mul(tf.ones([rows]), time);

/** The programs' names for what a solver keeps, and for what is known of a step's start, so that they are no other input's. */
const keptName = (name: string): string => `memory.${name}`;
const knownName = (name: string): string => `known.${name}`;

const renamed = <Value>(values: Readonly<Record<string, Value>>, to: (name: string) => string) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [to(name), value]));

/**
 * Compiles one step for K draws a context. Where a solver asks at both ends of its steps, a step ends where the next one
 * begins: what a velocity in parts computes of that time and the context is handed on, the same numbers for half the work.
 */
export async function compileStepper(
  teacher: Teacher,
  draws: number,
  name: SolverName,
  options: Numbers,
): Promise<Stepper> {
  const solver: Solver = solvers[name];
  const { memory: kinds = {} } = solver;
  const parts = solver.atBothEnds ? teacher.parts : undefined;
  const step = await compileStep(teacher, draws, { solver, parts }, options);
  const start = parts && (await compileStart(teacher, parts, options));
  return {
    step: (feeds, into) => step.each.run(feeds, into),
    room: (rows) =>
      Object.fromEntries(step.each.outputs.map((name) => [name, zeros(shapeOf(step.each.inputs, name, rows))])),
    begin: async (context, time, rows) => {
      const empty = Object.entries(kinds).map(([name, kind]) => [
        keptName(name),
        kind === 'state' ? zeros([rows, draws, teacher.token]) : timesOf(rows, 1),
      ]);
      const known = await start?.run({ ...context, time });
      return { told: await step.ahead(context), left: { ...Object.fromEntries(empty), ...known } };
    },
    dispose: async () => {
      await step.dispose();
      await start?.dispose();
    },
  };
}

/** The shape of an output, which is that of the next step's input of the same name. */
const shapeOf = (inputs: Program['inputs'], name: string, rows: number): number[] =>
  named(inputs, name).shape.map((size) => (size === 'batch' ? rows : size));

/** Names and shapes of what is known of a time, as inputs. */
const knownSpecs = ({ widths }: Pick<VelocityParts, 'widths'>): Record<string, TensorSpec> =>
  renamed(
    Object.fromEntries(Object.entries(widths).map(([name, width]) => [name, { shape: ['batch', width] as const }])),
    knownName,
  );

const specsOfContext = ({ head, condition }: Teacher): Record<string, TensorSpec> =>
  contextSpecs({ ...head, condition }, 'batch');

function compileStep(
  teacher: Teacher,
  draws: number,
  { solver, parts }: { readonly solver: Solver; readonly parts: VelocityParts | undefined },
  options: Numbers,
): Promise<AheadProgram> {
  const state = { shape: ['batch', draws, teacher.token] } as const;
  const scalar = { shape: ['batch'] } as const;
  const time = { shape: [1] } as const;
  const kept = Object.entries(solver.memory ?? {});
  const contexts = specsOfContext(teacher);
  return compileAhead(
    (inputs) => {
      const context = contextOf(teacher.head ?? {}, inputs);
      const memory = Object.fromEntries(kept.map(([name]) => [name, named(inputs, keptName(name))]));
      const x = named(inputs, 'x');
      const [from, to] = [ofEveryRow(named(inputs, 'from'), x), ofEveryRow(named(inputs, 'to'), x)];
      const { velocity, after } =
        parts === undefined
          ? { velocity: teacher.velocity(inputs, context), after: {} }
          : betweenEnds(parts, inputs, context, { from, to });
      const next = solver.step(velocity, x, from, to, memory);
      const left = Object.fromEntries(kept.map(([name]) => [name, named(next.memory, name)]));
      return { x: next.x, ...renamed(left, keptName), ...renamed(after, knownName) };
    },
    {
      ...{ x: state, from: time, to: time },
      ...Object.fromEntries(kept.map(([name, kind]) => [keptName(name), kind === 'state' ? state : scalar])),
      ...(parts && knownSpecs(parts)),
      ...contexts,
    },
    Object.keys(contexts),
    { ...options, constants: teacher.parameters },
  );
}

/** The velocity of a step that is told what is known of its start, and what it finds out of its end. */
function betweenEnds(
  parts: VelocityParts,
  inputs: NamedTensors,
  context: Context,
  { from, to }: { readonly from: tf.Tensor; readonly to: tf.Tensor },
): { readonly velocity: Velocity; readonly after: NamedTensors } {
  const before = Object.fromEntries(Object.keys(parts.widths).map((name) => [name, named(inputs, knownName(name))]));
  const after = parts.at(inputs, context, to);
  const at = (t: tf.Tensor): NamedTensors => (t === from ? before : t === to ? after : parts.at(inputs, context, t));
  return { after, velocity: (x, t) => parts.of(inputs, context, x, at(t)) };
}

function compileStart(teacher: Teacher, parts: VelocityParts, options: Numbers): Promise<Program> {
  return compile(
    (inputs) => {
      const context = contextOf(teacher.head ?? {}, inputs);
      return renamed(parts.at(inputs, context, ofEveryRow(named(inputs, 'time'), context.conditional)), knownName);
    },
    { time: { shape: [1] }, ...specsOfContext(teacher) },
    { ...options, constants: teacher.parameters },
  );
}
