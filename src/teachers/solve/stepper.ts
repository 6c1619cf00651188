import { type CompileOptions, compile } from '../../engine/compile.ts';
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

/** A solver's step, compiled: x [B, K, D] from time `from` [B] to time `to` [B], with what one step leaves to the next. */
export interface Stepper {
  /** Gives `x` and what the next step is to be given beside its context, x and times; in memory of `room`, where given. */
  readonly step: (feeds: HostTensors, into?: HostTensors) => Promise<HostTensors>;
  /** Memory for all that a step of so many contexts gives. */
  readonly room: (rows: number) => HostTensors;
  /** What the first step is given, under a context and at the time that it begins at [B]. */
  readonly begin: (context: HostTensors, time: HostTensor) => Promise<HostTensors>;
  readonly dispose: () => Promise<void>;
}

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
    step: (feeds, into) => step.run(feeds, into),
    room: (rows) => Object.fromEntries(step.outputs.map((name) => [name, zeros(shapeOf(step.inputs, name, rows))])),
    begin: async (context, time) => {
      const [rows = 0] = time.shape;
      const empty = Object.entries(kinds).map(([name, kind]) => [
        keptName(name),
        kind === 'state' ? zeros([rows, draws, teacher.token]) : timesOf(rows, 1),
      ]);
      return { ...Object.fromEntries(empty), ...(await start?.run({ ...context, time })) };
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
): Promise<Program> {
  const state = { shape: ['batch', draws, teacher.token] } as const;
  const scalar = { shape: ['batch'] } as const;
  const kept = Object.entries(solver.memory ?? {});
  return compile(
    (inputs) => {
      const context = contextOf(teacher.head ?? {}, inputs);
      const memory = Object.fromEntries(kept.map(([name]) => [name, named(inputs, keptName(name))]));
      const [x, from, to] = [named(inputs, 'x'), named(inputs, 'from'), named(inputs, 'to')];
      const { velocity, after } =
        parts === undefined
          ? { velocity: teacher.velocity(inputs, context), after: {} }
          : betweenEnds(parts, inputs, context);
      const next = solver.step(velocity, x, from, to, memory);
      const left = Object.fromEntries(kept.map(([name]) => [name, named(next.memory, name)]));
      return { x: next.x, ...renamed(left, keptName), ...renamed(after, knownName) };
    },
    {
      ...{ x: state, from: scalar, to: scalar },
      ...Object.fromEntries(kept.map(([name, kind]) => [keptName(name), kind === 'state' ? state : scalar])),
      ...(parts && knownSpecs(parts)),
      ...specsOfContext(teacher),
    },
    { ...options, constants: teacher.parameters },
  );
}

/** The velocity of a step that is told what is known of its start, and what it finds out of its end. */
function betweenEnds(
  parts: VelocityParts,
  inputs: NamedTensors,
  context: Context,
): { readonly velocity: Velocity; readonly after: NamedTensors } {
  const [from, to] = [named(inputs, 'from'), named(inputs, 'to')];
  const before = Object.fromEntries(Object.keys(parts.widths).map((name) => [name, named(inputs, knownName(name))]));
  const after = parts.at(inputs, context, to);
  const at = (t: typeof from): NamedTensors => (t === from ? before : t === to ? after : parts.at(inputs, context, t));
  return { after, velocity: (x, t) => parts.of(inputs, context, x, at(t)) };
}

function compileStart(teacher: Teacher, parts: VelocityParts, options: Numbers): Promise<Program> {
  return compile(
    (inputs) => renamed(parts.at(inputs, contextOf(teacher.head ?? {}, inputs), named(inputs, 'time')), knownName),
    { time: { shape: ['batch'] }, ...specsOfContext(teacher) },
    { ...options, constants: teacher.parameters },
  );
}
