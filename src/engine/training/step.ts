/** A step of training as a program, and what it reads and gives. */
import type { HostTensor } from '../../ground/host-tensor.ts';
import { compile } from '../compile.ts';
import { valueAndGradients } from '../graph/gradient.ts';
import { named } from '../graph/named.ts';
import type { Engine, NamedTensors, Precision, Program } from '../graph/program.ts';
import type { StepParts } from '../graph/recompute/recompute.ts';
import type { Layout } from './arena.ts';
import { prefixed, unprefixed } from './prefix.ts';
import type { TrainingTask } from './task.ts';
import { type Turn, turnsOf } from './turns.ts';
import { weightSpecs } from './weights.ts';

/** How a step runs. */
export interface StepOptions {
  readonly engine: Engine;
  /** The task's own unless given. */
  readonly turn?: Turn;
  /** Of the products with the weights that are learnt, and of their gradients; float32 unless given. */
  readonly precision?: Precision;
  /** Whether gradients compute activations again instead of keeping them. */
  readonly recompute?: boolean | undefined;
}

/** One program for a step of a turn: gradients of what it moves (`gradient/…`), the loss and the metrics (`value/…`). */
export function compileStep(
  task: TrainingTask,
  layout: Layout,
  { engine, turn, precision = 'float32', recompute = false }: StepOptions,
): Promise<Program> {
  const { fn, specs, constants } = stepOf(task, layout, turn);
  const learnt = (input: string): boolean => input.startsWith('parameter/');
  return compile(fn, specs, {
    engine,
    constants,
    precision,
    learnt,
    recomputed: recompute ? partsOf(task, '') : undefined,
  });
}

/** What grows with the batch and what the forward pass gives, in a program that has the step's names behind a prefix. */
export const partsOf = ({ batchSpecs }: TrainingTask, prefix: string): StepParts => ({
  batch: (input) =>
    input.startsWith(`${prefix}batch/`) && Object.hasOwn(batchSpecs, input.slice(`${prefix}batch/`.length)),
  forward: (output) => output.startsWith(`${prefix}value/`),
});

/** The same as a function to be traced, with its inputs and its frozen weights; of the task's own turn unless given. */
export function stepOf(task: TrainingTask, layout: Layout, { objective, moved }: Turn = turnsOf(task, layout).own) {
  return {
    fn: (inputs: NamedTensors): NamedTensors => {
      const parameters = unprefixed('parameter', inputs);
      const batch = unprefixed('batch', inputs);
      const targets = objective.targets?.(parameters, batch, unprefixed('average', inputs)) ?? {};
      const { values, gradients } = valueAndGradients(
        (weights) => objective.loss({ ...parameters, ...weights }, batch, targets),
        Object.fromEntries(moved.slots.map(({ name }) => [name, named(parameters, name)])),
      );
      return { ...prefixed('value', values), ...prefixed('gradient', gradients) };
    },
    specs: {
      ...weightSpecs(task, layout),
      ...prefixed('batch', task.batchSpecs),
    },
    constants: prefixed('batch', task.frozen ?? {}),
  };
}

/** The scalars among a program's outputs (`value/…`). */
export const scalars = (outputs: Readonly<Record<string, HostTensor>>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(outputs).flatMap(([name, { data }]) =>
      name.startsWith('value/') ? [[name.slice('value/'.length), data[0] ?? Number.NaN]] : [],
    ),
  );
