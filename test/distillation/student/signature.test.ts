import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { meanVelocity, studentFromTeacher, studentShapes } from '../../../src/distillation/student/network.ts';
import type { NamedTensors } from '../../../src/engine/graph/program.ts';
import type { Parameters } from '../../../src/ground/host-tensor.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { reading } from '../../../src/heads/diffusion.ts';
import type { Context } from '../../../src/heads/flow.ts';
import { type HeadConfig, headShapes } from '../../../src/heads/network/config.ts';
import { headOutput } from '../../../src/heads/network/output.ts';
import { tensor, values } from '../../eager.ts';
import { randomHead } from '../../heads/network/random-head.ts';

const sizes = { token: 3, condition: 5, width: 16, depth: 2, timeScale: 1, signature: 'original' } as const;
const base: HeadConfig = sizes;
const configs: Readonly<Record<string, HeadConfig>> = {
  velocity: sizes,
  'three-way': { ...sizes, guidance: 'three-way' },
  mar: { ...sizes, output: 6, prediction: 'ddpm-noise', startIndex: 980 },
  vibevoice: { ...sizes, architecture: 'swiglu', prediction: 'ddpm-velocity' },
  'pocket-tts': { ...sizes, architecture: 'two-time', guidance: 'condition' },
};

const tensors = (parameters: Parameters): NamedTensors =>
  Object.fromEntries(Object.entries(parameters).map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]));

const normal = (name: string, shape: number[]): tf.Tensor =>
  tf.tensor(stream(name).normal(shape.reduce((a, b) => a * b, 1)), shape);

const told = (name: string, w: number): Context => ({
  conditional: normal('c', [2, 5]),
  unconditional: normal(name, [2, 5]),
  w: tensor([w, w], [2]),
  imageOnly: normal(`${name} image`, [2, 5]),
  wImage: tensor([w, w], [2]),
});

it.each(Object.keys(configs))('%s students of the original signature have the tensors of the head alone', (kind) => {
  const config = configs[kind] ?? base;
  const { output: _, ...own } = config;
  expect(Object.keys(studentFromTeacher(randomHead(config), config, 1))).toEqual(Object.keys(headShapes(own)));
  expect(studentShapes(own)).toEqual(headShapes(own));
});

it.each(['velocity', 'three-way', 'mar', 'vibevoice'])(
  '%s students hear neither where a jump ends nor guidance; their raw output is what the head predicts',
  (kind) => {
    const config = configs[kind] ?? base;
    const head = randomHead(config);
    const student = studentFromTeacher(head, config, 1);
    const { output: _, ...own } = config;
    const times = tensor([0.1, 0.4], [2]);
    const x = (): tf.Tensor => normal('x', [2, 4, 3]);
    const at = (to: number, context: Context): number[] =>
      values(() => meanVelocity(tensors(student), own, context)(x(), times, tensor([to, to], [2])));
    expect(at(0.9, told('other', 3))).toEqual(at(0.4, told('one', 1)));
    const read = values(() => {
      const { x: z, t, velocity } = reading(config, x(), times);
      return velocity(headOutput(tensors(head), config, z, { t }, normal('c', [2, 5])));
    });
    for (const [index, value] of at(1, told('one', 1)).entries()) expect(value).toBeCloseTo(read[index] ?? 0, 5);
  },
);

it('two-time students take both times, and hidden states that are guided before', () => {
  const config = configs['pocket-tts'] ?? base;
  const student = studentFromTeacher(randomHead(config), config, 1);
  const at = (to: number, context: Context): number[] =>
    values(() =>
      meanVelocity(tensors(student), config, context)(
        normal('x', [2, 4, 3]),
        tensor([0.1, 0.4], [2]),
        tensor([to, to], [2]),
      ),
    );
  for (const [index, value] of at(0.9, told('one', 1)).entries())
    expect(value).toBeCloseTo(at(0.9, told('other', 1))[index] ?? 0, 5);
  expect(at(0.9, told('one', 1))).not.toEqual(at(0.5, told('one', 1)));
  expect(at(0.9, told('one', 1))).not.toEqual(at(0.9, told('one', 2)));
});
