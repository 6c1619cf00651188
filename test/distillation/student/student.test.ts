import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  jumpOf,
  meanVelocity,
  studentConfigOf,
  studentFromTeacher,
  studentShapes,
} from '../../../src/distillation/student/network.ts';
import { sample } from '../../../src/distillation/student/sampler/sample.ts';
import { type SamplerName, samplers } from '../../../src/distillation/student/sampler/table.ts';
import type { NamedTensors } from '../../../src/engine/graph/program.ts';
import type { Parameters } from '../../../src/ground/host-tensor.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import type { HeadConfig } from '../../../src/heads/network/config.ts';
import { initialHead } from '../../../src/heads/network/initial.ts';
import { linear } from '../../../src/heads/network/layers.ts';
import { architecture } from '../../../src/heads/network/output.ts';
import { applyHead, modulate } from '../../../src/heads/network/skeleton.ts';
import { scalarEmbedding } from '../../../src/heads/network/time-embedding.ts';
import { uniformTimes } from '../../../src/heads/solver/solver.ts';
import { headVelocity } from '../../../src/heads/velocity.ts';
import { relativeError, tensor, values } from '../../eager.ts';
import { randomHead } from '../../heads/network/random-head.ts';

const config = { token: 3, condition: 5, width: 16, depth: 2, timeScale: 1000 };

/** Heads of the other conventions. */
const others: Readonly<Record<string, HeadConfig>> = {
  'MAR (noise, variances behind)': { ...config, timeScale: 1, output: 6, prediction: 'ddpm-noise', startIndex: 980 },
  'VibeVoice (v)': { ...config, timeScale: 1, architecture: 'swiglu', hidden: 48, prediction: 'ddpm-velocity' },
  'pocket-tts (two times)': { ...config, timeScale: 1, architecture: 'two-time', guidance: 'condition' },
  'CALM (whole thousandths)': { ...config, truncateTime: true },
  'NextStep in bfloat16, guided three ways': { ...config, timeScale: 1, bf16Time: true, guidance: 'three-way' },
};

/** A head without the zeros of a fresh one. */
const trainedHead = (): Parameters =>
  Object.fromEntries(
    Object.entries(initialHead(config, 1)).map(([name, { shape, data }]) => [
      name,
      {
        shape,
        data: stream('head', name)
          .normal(data.length)
          .map((value) => 0.2 * value),
      },
    ]),
  );

const tensors = (parameters: Parameters): NamedTensors =>
  Object.fromEntries(Object.entries(parameters).map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]));

const normal = (name: string, shape: number[]): tf.Tensor =>
  tf.tensor(stream(name).normal(shape.reduce((a, b) => a * b, 1)), shape);

describe('a student made from a teacher', () => {
  const context = () => ({
    conditional: normal('c', [2, 5]),
    unconditional: normal('u', [2, 5]),
    w: tensor([1, 1], [2]),
  });

  it('is the conditional teacher at s = t and w = 1', () => {
    const head = trainedHead();
    const t = () => tensor([0.25, 0.8], [2]);
    const x = () => normal('x', [2, 4, 3]);
    const teacher = values(() =>
      applyHead(tensors(head), x(), modulate(tensors(head), config, t(), context().conditional)),
    );
    const student = values(() =>
      meanVelocity(tensors(studentFromTeacher(head, config, 7)), config, context())(x(), t(), t()),
    );
    for (const [i, value] of teacher.entries()) expect(student[i]).toBeCloseTo(value, 6);
  });

  it.each(Object.entries(others))('is the velocity of %s at s = t and w = 1', (_, other) => {
    const head = randomHead(other);
    const student = studentFromTeacher(head, other, 7);
    const at = { x: () => normal('x', [2, 4, 3]), t: () => tensor([0.25, 0.8], [2]) };
    const found = values(() =>
      meanVelocity(tensors(student), studentConfigOf(other), context())(at.x(), at.t(), at.t()),
    );
    const teacher = values(() => headVelocity(tensors(head), other, context().conditional)(at.x(), at.t()));
    expect(relativeError(found, teacher)).toBeLessThan(1e-6);
    expect(Object.keys(student).toSorted()).toEqual(Object.keys(studentShapes(studentConfigOf(other))).toSorted());
  });

  it('takes an image scale that is not told for one', () => {
    const guided: HeadConfig = { ...config, guidance: 'three-way' };
    const student = Object.fromEntries(
      Object.entries(studentShapes(guided)).map(([name, shape]) => [name, normal(name, [...shape]).mul(0.2)]),
    );
    const under = (told: object): number[] =>
      values(() => {
        const t = tensor([0.25, 0.8], [2]);
        return meanVelocity(student, guided, { ...context(), ...told })(normal('x', [2, 4, 3]), t, t);
      });
    expect(under({})).toEqual(under({ wImage: tensor([1, 1], [2]) }));
    expect(under({})).not.toEqual(under({ wImage: tensor([0, 0], [2]) }));
  });

  it('hears 32 times the duration and 10 times the guidance above one, each through an embedding of its own', () => {
    const student = Object.fromEntries(
      Object.entries(studentShapes(config)).map(([name, shape]) => [name, normal(name, [...shape]).mul(0.2)]),
    );
    const x = () => normal('x', [2, 4, 3]);
    const [s, t] = [() => tensor([0.25, 0.5], [2]), () => tensor([0.5, 1], [2])];
    const told = { ...context(), w: tensor([1.5, 3], [2]) };
    const found = values(() => meanVelocity(student, config, told)(x(), s(), t()));
    const expected = values(() => {
      const y = tf.addN([
        architecture(config).embed(student, config, { t: s() }, told.conditional),
        scalarEmbedding(student, 'duration_embed', tensor([32 * 0.25, 32 * 0.5], [2])),
        linear(student, 'uncond_embed', told.unconditional),
        scalarEmbedding(student, 'guidance_embed', tensor([10 * 0.5, 10 * 2], [2])),
      ]);
      return architecture(config).apply(student, x(), architecture(config).modulate(student, config, y), config);
    });
    expect(relativeError(found, expected)).toBeLessThan(1e-6);
  });

  it('does not hear duration, guidance or the unconditional state before training', () => {
    const student = studentFromTeacher(trainedHead(), config, 7);
    const at = (to: number, w: number, name: string): number[] =>
      values(() => {
        const told = { ...context(), unconditional: normal(name, [2, 5]), w: tensor([w, w], [2]) };
        return meanVelocity(tensors(student), config, told)(
          normal('x', [2, 4, 3]),
          tensor([0.1, 0.1], [2]),
          tensor([to, to], [2]),
        );
      });
    expect(at(0.9, 3, 'other')).toEqual(at(0.1, 1, 'u'));
  });
});

describe('samplers on a known mean velocity', () => {
  // x_t = (1 − t)·x0 + t·2·x0, so every path is straight towards twice its noise.
  const u = (x: tf.Tensor, s: tf.Tensor): tf.Tensor => tf.div(x, tf.reshape(tf.add(s, 1), [-1, 1, 1]));

  it.each((Object.keys(samplers) as SamplerName[]).filter((name) => !samplers[name].renoises))(
    '%s follows straight paths exactly at any step count',
    (name) => {
      for (const steps of [1, 2, 4]) {
        expect(values(() => sample(name, u, tensor([1, -3], [1, 2, 1]), { times: uniformTimes(steps) }))).toEqual([
          expect.closeTo(2, 5),
          expect.closeTo(-6, 5),
        ]);
      }
    },
  );

  it('re-noising puts new noise beside the predicted data and ends at data', () => {
    const constant = (x: tf.Tensor, s: tf.Tensor): tf.Tensor =>
      tf.div(tf.sub(5, x), tf.reshape(tf.sub(1, s), [-1, 1, 1]));
    const seen: number[][] = [];
    const watched = (x: tf.Tensor, s: tf.Tensor): tf.Tensor => {
      seen.push([...x.dataSync()]);
      return constant(x, s);
    };
    const end = values(() =>
      sample('consistency-renoised', watched, tensor([1], [1, 1, 1]), {
        times: uniformTimes(3),
        fresh: tensor([7, -8], [1, 2, 1, 1]),
      }),
    );
    expect(end).toEqual([expect.closeTo(5, 5)]);
    // the data is predicted to be 5: (1 − t)·z + t·5 at t = 1/3 and 2/3
    expect(seen).toEqual([[1], [expect.closeTo((2 * 7 + 5) / 3, 5)], [expect.closeTo((-8 + 2 * 5) / 3, 5)]]);
  });

  it('every noise is multiplied by its own factor, the first and each new one', () => {
    const seen: number[][] = [];
    const watched = (x: tf.Tensor, s: tf.Tensor): tf.Tensor => {
      seen.push([...x.dataSync()]);
      return tf.div(tf.sub(5, x), tf.reshape(tf.sub(1, s), [-1, 1, 1]));
    };
    const fresh = tensor([7, -8], [1, 2, 1, 1]);
    values(() =>
      sample('consistency-renoised', watched, tensor([1], [1, 1, 1]), {
        ...{ times: uniformTimes(3), fresh, scales: [1.5, 0.5, 2] },
      }),
    );
    expect(seen).toEqual([[1.5], [expect.closeTo((7 + 5) / 3, 5)], [expect.closeTo((-2 * 8 + 2 * 5) / 3, 5)]]);
  });

  it('a step along the velocity asks for it at the time that the step starts from', () => {
    const asked: number[][] = [];
    const watched = (x: tf.Tensor, s: tf.Tensor, t: tf.Tensor): tf.Tensor => {
      asked.push([...s.dataSync(), ...t.dataSync()]);
      return tf.onesLike(x);
    };
    expect(values(() => sample('velocity', watched, tensor([3], [1, 1, 1]), { times: uniformTimes(4) }))).toEqual([4]);
    expect(asked).toEqual([0, 0.25, 0.5, 0.75].map((time) => [time, time]));
  });

  it('a jump of no duration stays where it is', () => {
    expect(values(() => jumpOf(u)(tensor([1], [1, 1, 1]), tensor([0.5], [1]), tensor([0.5], [1])))).toEqual([1]);
  });
});
