import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { named } from '../../../src/engine/graph/named.ts';
import { cpuEngine, type NamedTensors } from '../../../src/engine/graph/program.ts';
import type { HostTensor } from '../../../src/ground/host-tensor.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { flowMatchingLosses } from '../../../src/heads/loss/flow-matching.ts';
import { noiseSchedule } from '../../../src/heads/loss/noise-schedule.ts';
import { vPredictionLosses } from '../../../src/heads/loss/v-prediction.ts';
import { cosineBetas } from '../../../src/heads/network/ddpm-process.ts';
import { relativeError } from '../../eager.ts';
import { evaluated } from './golden-head.ts';

const [rows, draws, token] = [3, 2, 4];
const random = stream('losses', 1);
const normal = (...shape: number[]): HostTensor<Float32Array> => ({
  shape,
  data: random.normal(shape.reduce((product, size) => product * size, 1)),
});
const target = normal(rows, 1, token);
const noise = normal(rows, draws, token);
const weights = { gain: normal(token, token), bias: normal(token), time: normal(token) };

/** tanh(x·gain + bias + time·t), times in thousandths for a process of steps. */
const network =
  (parameters: NamedTensors, scale: number) =>
  (x: tf.Tensor, t: tf.Tensor): tf.Tensor => {
    const gain = tf.tile(tf.expandDims(named(parameters, 'gain'), 0), [rows, 1, 1]);
    const product = tf.matMul(x as tf.Tensor3D, gain as tf.Tensor3D);
    const time = tf.mul(tf.mul(tf.reshape(t, [rows, 1, 1]), scale), named(parameters, 'time'));
    return tf.tanh(tf.add(tf.add(product, named(parameters, 'bias')), time));
  };

interface Point {
  readonly signal: number;
  readonly spread: number;
  readonly goal: (data: number, noise: number) => number;
}

/** The losses of every sample in float64, from the definition. */
function recomputed(own: typeof weights, times: readonly number[], scale: number, at: (t: number) => Point): number[] {
  const losses: number[] = [];
  for (const [b, t] of times.entries()) {
    const { signal, spread, goal } = at(t);
    for (let k = 0; k < draws; k++) {
      const data = Array.from(target.data.subarray(b * token, (b + 1) * token));
      const start = Array.from(noise.data.subarray((b * draws + k) * token, (b * draws + k + 1) * token));
      const x = data.map((value, d) => signal * value + spread * (start[d] ?? 0));
      let sum = 0;
      for (let d = 0; d < token; d++) {
        let total = (own.bias.data[d] ?? 0) + scale * t * (own.time.data[d] ?? 0);
        for (let i = 0; i < token; i++) total += (x[i] ?? 0) * (own.gain.data[i * token + d] ?? 0);
        sum += (Math.tanh(total) - goal(data[d] ?? 0, start[d] ?? 0)) ** 2;
      }
      losses.push(sum / token);
    }
  }
  return losses;
}

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;

/** Central differences in float64 of the mean loss. */
function differences(losses: (own: typeof weights) => number[], name: keyof typeof weights): number[] {
  const step = 1e-4;
  return Array.from(weights[name].data, (_, index) => {
    const moved = (by: number): number => {
      const data = Array.from(weights[name].data);
      data[index] = (data[index] ?? 0) + by;
      return mean(losses({ ...weights, [name]: { ...weights[name], data } } as never));
    };
    return (moved(step) - moved(-step)) / (2 * step);
  });
}

/** ᾱ of step t of the cosine process by its definition (the cap of 0.999 acts at the last step only). */
const product = (t: number): number =>
  (Math.cos((((t + 1) / 1000 + 0.008) / 1.008) * (Math.PI / 2)) / Math.cos((0.008 / 1.008) * (Math.PI / 2))) ** 2;

const cases = {
  "VibeVoice's v-prediction": {
    scale: 1e-3,
    times: [0, 500, 990],
    losses: (own: NamedTensors, t: tf.Tensor) =>
      vPredictionLosses(network(own, 1e-3), tensors(t), noiseSchedule(cosineBetas(1000))),
    at: (t: number): Point => {
      const [signal, spread] = [Math.sqrt(product(t)), Math.sqrt(1 - product(t))];
      return { signal, spread, goal: (data, start) => signal * start - spread * data };
    },
  },
  "CALM's flow matching": {
    scale: 1,
    times: [0, 0.3, 0.95],
    losses: (own: NamedTensors, t: tf.Tensor) => flowMatchingLosses(network(own, 1), tensors(t)),
    at: (t: number): Point => ({ signal: t, spread: 1 - t, goal: (data, start) => data - start }),
  },
};

const tensors = (t: tf.Tensor) => ({
  target: tf.tensor(target.data, [...target.shape]),
  noise: tf.tensor(noise.data, [...noise.shape]),
  t,
});

describe.each(Object.entries(cases))('%s', (_, { scale, times, losses, at }) => {
  it('has the value of its definition in float64 and the gradients of finite differences', async () => {
    const { values, gradients } = await evaluated(
      (own, inputs) => {
        const each = losses(own, named(inputs, 't'));
        return { loss: tf.mean(each), each };
      },
      weights,
      { t: { shape: [rows], data: Float32Array.from(times) } },
      cpuEngine(),
    );
    const exact = (own: typeof weights) => recomputed(own, times, scale, at);
    expect(relativeError(values.each?.data ?? [], exact(weights))).toBeLessThan(1e-5);
    for (const name of Object.keys(weights) as (keyof typeof weights)[])
      expect(relativeError(gradients[name]?.data ?? [], differences(exact, name)), name).toBeLessThan(1e-4);
  });
});
