/** Steps of training as one program that holds the optimizer, too: what it gives is the state after them. */
import * as tf from '@tensorflow/tfjs';
import { named } from '../../graph/named.ts';
import type { NamedTensors, TensorSpec } from '../../graph/program.ts';
import type { Layout } from '../arena.ts';
import { prefixed, unprefixed } from '../prefix.ts';
import { stepOf } from '../step.ts';
import type { Turn } from '../turns.ts';
import { type Moving, moving, rules, type StepScalars, stepScalars } from './in-graph.ts';
import type { Placed, SettledOptions } from './stepping.ts';

/** The prefix of what belongs to one of the steps. */
export const ofStep = (index: number): string => `step${index}`;

/** The state as inputs of a program (`parameter/…`, …); all of the network's, though a turn moves only some. */
export const stateSpecs = ({ slots }: Pick<Layout, 'slots'>): Readonly<Record<string, TensorSpec>> =>
  Object.fromEntries(slots.flatMap(({ name, shape }) => moving.map((part) => [`${part}/${name}`, { shape }] as const)));

/**
 * A function of `count` steps, with its inputs: the state (`parameter/…`, `mean/…`, `variance/…`, `average/…`), and of each step the
 * batch (`step0/batch/…`) and the rates (`step0/rate/…`). Gives the state after them (`next/…`), and of each step the loss and the
 * metrics (`step0/value/…`) and the gradient's norm (`step0/norm`).
 */
export function residentSteps(
  { task, layout }: Placed,
  turn: Turn,
  count: number,
  options: SettledOptions,
): {
  readonly fn: (inputs: NamedTensors) => NamedTensors;
  readonly specs: Readonly<Record<string, TensorSpec>>;
  readonly constants: ReturnType<typeof stepOf>['constants'];
} {
  const { fn: step, constants } = stepOf(task, layout, turn);
  const ruleOf = rules[options.optimizer ?? 'adamw'](options, turn.moved, task.hidden);
  const rulesOfMoved = turn.moved.slots.map((slot) => [slot.name, ruleOf(slot)] as const);
  const indices = Array.from({ length: count }, (_, index) => index);
  const fn = (inputs: NamedTensors): NamedTensors => {
    const frozen = prefixed('batch', unprefixed('batch', inputs));
    let state = Object.fromEntries(layout.slots.map(({ name }) => [name, movingOf(inputs, name)]));
    const told: Record<string, tf.Tensor> = {};
    for (const index of indices) {
      const own = unprefixed(ofStep(index), inputs);
      const weights = { ...region(state, 'parameter'), ...(task.averaged && region(state, 'average')) };
      const outputs = step({ ...weights, ...frozen, ...prefixed('batch', unprefixed('batch', own)) });
      const gradients = unprefixed('gradient', outputs);
      const norm = normOf(Object.values(gradients));
      const scale = tf.minimum(1, tf.div(options.clip, norm));
      const rates = unprefixed('rate', own) as StepScalars;
      const after = rulesOfMoved.map(([name, rule]) => {
        const gradient = tf.mul(named(gradients, name), scale);
        return [name, rule(state[name] as Moving, gradient, rates)] as const;
      });
      state = { ...state, ...Object.fromEntries(after) };
      const values = prefixed('value', unprefixed('value', outputs));
      Object.assign(told, prefixed(ofStep(index), { ...values, norm }));
    }
    const next = turn.moved.slots.flatMap(({ name }) =>
      moving.map((part) => [`${part}/${name}`, (state[name] as Moving)[part]] as const),
    );
    return { ...prefixed('next', Object.fromEntries(next)), ...told };
  };
  const batch = prefixed('batch', task.batchSpecs);
  const rates = prefixed('rate', Object.fromEntries(stepScalars.map((name) => [name, { shape: [] }])));
  const specs = {
    ...stateSpecs(layout),
    ...Object.assign({}, ...indices.map((index) => prefixed<TensorSpec>(ofStep(index), { ...batch, ...rates }))),
  };
  return { fn, specs, constants };
}

/** The state of a tensor among a program's inputs. */
const movingOf = (inputs: NamedTensors, name: string): Moving =>
  Object.fromEntries(moving.map((part) => [part, named(inputs, `${part}/${name}`)])) as Moving;

/** A region of the state by the names that a step has for it. */
const region = (state: Readonly<Record<string, Moving>>, part: keyof Moving): NamedTensors =>
  prefixed(part, Object.fromEntries(Object.entries(state).map(([name, tensors]) => [name, tensors[part]])));

/** The Euclidean norm of all gradients together. */
const normOf = (gradients: readonly tf.Tensor[]): tf.Tensor =>
  tf.sqrt(tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient)))));
