import * as tf from '@tensorflow/tfjs';
import { compile } from '../../engine/compile.ts';
import { derivative } from '../../engine/graph/gradient.ts';
import { named } from '../../engine/graph/named.ts';
import type { Engine, NamedTensors, TensorSpec } from '../../engine/graph/program.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { zeros } from '../../heads/network/initial.ts';
import { headOutput } from '../../heads/network/output.ts';
import type { AppliedHead, Outputs } from './applied-head.ts';
import type { Inputs } from './inputs.ts';
import { readCall } from './velocity.ts';

/** A direction of x [R, D], s and t (the same in every row) to derive along. */
interface Direction {
  readonly x: tf.Tensor;
  readonly s: number;
  readonly t: number;
}

/**
 * The network's output `out` and its derivatives by the goldens' names: of one time, `out_t_only` along dt = 1 and,
 * where `x_tangent` is given, `out_x_and_t` along (x_tangent, dt = 1); of two times, `dt` and, along (dx = out, ds = 1),
 * `ds_plus_vdx`.
 */
export async function applyJvp(head: AppliedHead, inputs: Inputs, engine: Engine): Promise<Outputs> {
  const { x, t, s, conditions: c } = readCall(head, inputs);
  const times = (data: Float32Array): HostTensor => ({ shape: [data.length], data });
  const tangent = inputs.has('x_tangent') ? inputs.read('x_tangent', x.shape) : undefined;
  const feeds: Record<string, HostTensor> = {
    ...{ x, c, t: times(t), tangent: tangent ?? zeros(x.shape) },
    ...(s && { s: times(s) }),
  };
  const specs: Record<string, TensorSpec> = Object.fromEntries(
    Object.entries(feeds).map(([name, { shape }]) => [name, { shape }]),
  );
  const fn = (all: NamedTensors): NamedTensors => {
    const still = tf.zerosLike(named(all, 'x'));
    const { value, along } = derivatives(head, all);
    if (s) return { out: value, dt: along({ x: still, s: 0, t: 1 }), ds_plus_vdx: along({ x: value, s: 1, t: 0 }) };
    const both = tangent && { out_x_and_t: along({ x: named(all, 'tangent'), s: 0, t: 1 }) };
    return { out: value, out_t_only: along({ x: still, s: 0, t: 1 }), ...both };
  };
  const program = await compile(fn, specs, { engine, constants: head.parameters });
  return program.run(feeds).finally(() => program.dispose());
}

/** The output [R, W] at the inputs, and its derivative along any direction. */
function derivatives({ config }: AppliedHead, all: NamedTensors) {
  const moved = (by: tf.Tensor, { x, s, t }: Direction): tf.Tensor => {
    const state = tf.add(named(all, 'x'), tf.mul(tf.reshape(by, [-1, 1]), x));
    const time = (name: string, rate: number): tf.Tensor => tf.add(named(all, name), tf.mul(by, rate));
    const times = { t: time('t', t), ...(all.s && { s: time('s', s) }) };
    return tf.squeeze(headOutput(all, config, tf.expandDims(state, 1), times, named(all, 'c')), [1]);
  };
  const nowhere = tf.zerosLike(named(all, 't'));
  const still: Direction = { x: tf.zerosLike(named(all, 'x')), s: 0, t: 0 };
  return {
    value: moved(nowhere, still),
    along: (direction: Direction): tf.Tensor =>
      derivative((by) => moved(by, direction), nowhere, tf.onesLike(nowhere)).tangent,
  };
}
