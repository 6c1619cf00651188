import * as tf from '@tensorflow/tfjs';
import type { Method } from '../../../src/distillation/method/method.ts';
import type { MeanVelocity } from '../../../src/distillation/student/network.ts';
import type { NamedTensors } from '../../../src/engine/graph/program.ts';
import type { Velocity } from '../../../src/heads/flow.ts';
import { values } from '../../eager.ts';

/** Whom a method may ask beside the student; who is not given must not be asked. */
export interface Asked {
  readonly teacher?: Velocity;
  readonly other?: MeanVelocity;
  readonly auxiliary?: NamedTensors;
}

const never = (): never => {
  throw new Error('it was asked');
};

/** What a method compares a student with on a batch. */
export const targetsOn = (
  method: Method,
  u: MeanVelocity,
  batch: NamedTensors,
  { teacher = never, other = never }: Asked = {},
): NamedTensors => method.targets?.(u, batch, teacher, other) ?? {};

/** The loss of a method for a student on a batch. */
export function lossOn(method: Method, u: MeanVelocity, batch: () => NamedTensors, asked: Asked = {}): number {
  const [loss = Number.NaN] = values(() => {
    const all = batch();
    return method.loss(u, all, targetsOn(method, u, all, asked), asked.auxiliary ?? {});
  });
  return loss;
}

/** The tensors of a draw. */
export const tensorsOf = (draw: ReturnType<Method['draw']>): NamedTensors =>
  Object.fromEntries(Object.entries(draw).map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]));
