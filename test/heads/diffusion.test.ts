import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/engine/compile.ts';
import { derivative } from '../../src/engine/graph/gradient.ts';
import { named } from '../../src/engine/graph/named.ts';
import { cpuEngine } from '../../src/engine/graph/program.ts';
import { logRatios, reading, timeOfRatio } from '../../src/heads/diffusion.ts';
import type { Velocity } from '../../src/heads/flow.ts';
import type { HeadConfig } from '../../src/heads/network/config.ts';
import type { Prediction } from '../../src/heads/network/network-config.ts';
import { solve, uniformTimes } from '../../src/heads/solver/solver.ts';
import { solvers } from '../../src/heads/solver/table.ts';
import { towards } from '../../src/teachers/exact/gaussian.ts';
import { relativeError, tensor, values } from '../eager.ts';

// Data N(mean, std²) in each of D dimensions: what a perfect network would predict is known at every index.
const mean = [0.7, -1.2];
const std = 0.5;
const ratios = logRatios();

/** α and σ at a fractional index, whose log-ratio is interpolated. */
function levels(index: number): { alpha: number; sigma: number } {
  const below = Math.min(Math.floor(index), ratios.length - 2);
  const [from = 0, to = 0] = [ratios[below], ratios[below + 1]];
  const ratio = from + (index - below) * (to - from);
  const signal = 1 / (1 + Math.exp(-2 * ratio));
  return { alpha: Math.sqrt(signal), sigma: Math.sqrt(1 - signal) };
}

/** E[noise | z] and E[data | z] give what each kind of network predicts; computed in float64. */
const predictions = {
  'ddpm-noise': (_: number, __: number, noise: number) => noise,
  'ddpm-velocity': (alpha: number, sigma: number, noise: number, data: number) => alpha * noise - sigma * data,
  'ddpm-data': (_: number, __: number, ___: number, data: number) => data,
} as const;

type Kind = keyof typeof predictions;

function perfectNetwork(kind: Kind, z: tf.Tensor, index: tf.Tensor): tf.Tensor {
  const [states, indices] = [z.dataSync(), index.dataSync()];
  const perContext = states.length / indices.length;
  const out = Float32Array.from(states, (state, i) => {
    const { alpha, sigma } = levels(indices[Math.floor(i / perContext)] ?? 0);
    const centred = state - alpha * (mean[i % mean.length] ?? 0);
    const variance = alpha ** 2 * std ** 2 + sigma ** 2;
    const data = (mean[i % mean.length] ?? 0) + (alpha * std ** 2 * centred) / variance;
    return predictions[kind](alpha, sigma, (sigma * centred) / variance, data);
  });
  return tf.tensor(out, z.shape);
}

const configOf = (kind: Kind, startIndex: number): HeadConfig => ({
  token: 2,
  condition: 1,
  width: 1,
  depth: 1,
  timeScale: 1,
  prediction: kind,
  startIndex,
});

const converted =
  (kind: Kind, startIndex: number): Velocity =>
  (x, t) => {
    const read = reading(configOf(kind, startIndex), x, t);
    return read.velocity(perfectNetwork(kind, read.x, read.t));
  };

const exact: Velocity = (x, t) => towards(x, t, tensor(mean, [1, 1, 2]), std);

const points = [1.5, -0.3, -2, 0.4, 0.1, 0.9];
const xs = (count: number): tf.Tensor => tf.tile(tensor(points, [1, 3, 2]), [count, 1, 1]);
const both = (times: readonly number[], velocity: Velocity): [number[], number[]] => [
  values(() => velocity(xs(times.length), tensor(times, [times.length]))),
  values(() => exact(xs(times.length), tensor(times, [times.length]))),
];

const START = 980;
const [first, last] = [timeOfRatio(ratios[START] ?? 0), timeOfRatio(ratios[0] ?? 0)];

describe.each(Object.keys(predictions) as Kind[])('a network that predicts %s', (kind) => {
  it('has the velocity of the straight-line flow at every time between the ends', () => {
    const times = Array.from({ length: 200 }, (_, i) => first + ((last - first) * (i + 0.5)) / 200);
    expect(relativeError(...both(times, converted(kind, START)))).toBeLessThan(2e-5);
  });

  it('is asked at the trained indices at their times', () => {
    const trained = [0, 1, 2, 37, 500, 900, START];
    const found = values(() => {
      const t = tensor(
        trained.map((index) => timeOfRatio(ratios[index] ?? 0)),
        [trained.length],
      );
      return reading(configOf(kind, START), xs(trained.length), t).t;
    });
    for (const [i, index] of trained.entries()) expect(found[i]).toBeCloseTo(index, 2);
  });

  it('keeps the data that it predicts at its noisiest index before it', () => {
    const velocity = converted(kind, START);
    const data = (t: number) => values(() => tf.add(xs(1), tf.mul(velocity(xs(1), tensor([t], [1])), 1 - t)));
    expect(relativeError(data(0), data(first))).toBeLessThan(1e-5);
    expect(relativeError(...both([0, first / 2], velocity))).toBeLessThan(first * std ** 2 * 2);
  });

  it('is exactly x at the data end, and nearly exact after the cleanest index', () => {
    const velocity = converted(kind, START);
    expect(relativeError(...both([1], velocity))).toBeLessThan(1e-6);
    expect(relativeError(...both([(1 + last) / 2, last + 0.1 * (1 - last)], velocity))).toBeLessThan(
      (1 - last) ** 2 * 20,
    );
  });
});

it('v-predictions are well-conditioned from the last index on', () => {
  const times = [0, 1e-5, 1e-4, 1e-3, 0.01];
  expect(relativeError(...both(times, converted('ddpm-velocity', 999)))).toBeLessThan(1e-4);
});

it.each([
  ['euler', 1],
  ['heun', 2],
] as const)('%s converges at order %i on a converted teacher', (name, order) => {
  const velocity = converted('ddpm-velocity', 999);
  const end = points.map((noise, i) => (mean[i % 2] ?? 0) + std * noise);
  const error = (steps: number): number =>
    relativeError(
      values(() => solve(solvers[name], velocity, xs(1), uniformTimes(steps))),
      end,
    );
  expect(Math.log2(error(16) / error(32))).toBeCloseTo(order, 0);
  expect(Math.log2(error(32) / error(64))).toBeCloseTo(order, 0);
});

it('the same solution comes from noise predictions that start at a lower index, but for the held beginning', () => {
  const end = points.map((noise, i) => (mean[i % 2] ?? 0) + std * noise);
  const found = values(() => solve(solvers.heun, converted('ddpm-noise', START), xs(1), uniformTimes(32)));
  expect(relativeError(found, end)).toBeLessThan(3e-3);
});

it('variances behind a prediction are left out', () => {
  const found = values(() => {
    const read = reading(configOf('ddpm-noise', START), xs(1), tensor([0.5], [1]));
    return read.velocity(tf.concat([tf.zerosLike(read.x), tf.fill(read.x.shape, 7)], 2));
  });
  expect(
    relativeError(
      found,
      points.map((x) => x / 0.5),
    ),
  ).toBeLessThan(1e-6);
});

it('is traced with a derivative in time', async () => {
  const config = configOf('ddpm-noise', START);
  const program = await compile(
    (all) => {
      const x = named(all, 'x');
      // a network that predicts half of its state, plus its index in thousandths
      const velocity: Velocity = (at, t) => {
        const read = reading(config, at, t);
        return read.velocity(tf.add(tf.div(read.x, 2), tf.reshape(tf.div(read.t, 1000), [-1, 1, 1])));
      };
      const t = named(all, 't');
      const { tangent } = derivative((time) => velocity(x, time), t, tf.onesLike(t));
      const step = 1e-2;
      const slope = tf.div(tf.sub(velocity(x, tf.add(t, step)), velocity(x, tf.sub(t, step))), 2 * step);
      return { tangent, slope };
    },
    { x: { shape: ['batch', 3, 2] }, t: { shape: ['batch'] } },
    { engine: cpuEngine() },
  );
  const { tangent, slope } = await program.run({
    x: { shape: [2, 3, 2], data: Float32Array.from([...points, ...points]) },
    t: { shape: [2], data: Float32Array.of(0.4, 0.7) },
  });
  expect(relativeError(tangent?.data ?? [], slope?.data ?? [])).toBeLessThan(1e-2);
  await program.dispose();
});

describe('a network of the straight-line flow', () => {
  const config = (prediction: Prediction, reversedTime = false): HeadConfig => ({
    ...{ token: 2, condition: 1, width: 1, depth: 1, timeScale: 1, prediction },
    ...(reversedTime && { reversedTime }),
  });
  /** x − t·v is the noise of a velocity and x + (1 − t)·v its data. */
  const predicted = {
    velocity: (_: tf.Tensor, v: tf.Tensor) => v,
    'negative-velocity': (_: tf.Tensor, v: tf.Tensor) => tf.neg(v),
    noise: (x: tf.Tensor, v: tf.Tensor, t: number) => tf.sub(x, tf.mul(t, v)),
    data: (x: tf.Tensor, v: tf.Tensor, t: number) => tf.add(x, tf.mul(1 - t, v)),
  } as const;

  it.each(Object.keys(predicted) as (keyof typeof predicted)[])('has its velocity where it predicts %s', (kind) => {
    for (const t of [0.05, 0.5, 0.95]) {
      const velocity: Velocity = (x, time) => {
        const read = reading(config(kind), x, time);
        return read.velocity(predicted[kind](read.x, exact(x, time), t));
      };
      expect(relativeError(...both([t], velocity))).toBeLessThan(1e-5);
    }
  });

  it('reads noise and data a hundredth off the ends, where nothing is divided by nothing', () => {
    const ends = (kind: Prediction, t: number): number[] =>
      values(() =>
        reading(config(kind), tensor([3, 3], [1, 1, 2]), tensor([t], [1])).velocity(tensor([1, 2], [1, 1, 2])),
      );
    expect(ends('noise', 0).map(Math.round)).toEqual([200, 100]);
    expect(ends('data', 1).map(Math.round)).toEqual([-200, -100]);
  });

  it('is asked at 1 − t where its times run to noise', () => {
    const asked = (reversed: boolean): number[] =>
      values(() => reading(config('velocity', reversed), xs(1), tensor([0.25], [1])).t);
    expect([asked(false), asked(true)]).toEqual([[0.25], [0.75]]);
  });
});

it('the linear process of DDPM keeps what its paper says', () => {
  const linear = logRatios('linear');
  expect(linear).toHaveLength(1000);
  const [first = 0, last = 0] = [linear[0], linear[999]].map((ratio = 0) => 1 / (1 + Math.exp(-2 * ratio)));
  expect(first).toBeCloseTo(1 - 1e-4, 10);
  expect(last).toBeCloseTo(4.036e-5, 7); // ᾱ of the last step, near nothing
});
