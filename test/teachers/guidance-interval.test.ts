import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { guidedWithin } from '../../src/teachers/guidance-interval.ts';
import { straightTeacher } from '../straight-teacher.ts';

const row = (...values: number[]) => tf.tensor2d([values]);

/** The velocity under h = (3, 5), u = (1, 1) at w = 2 and a time. */
function velocityAt(time: number): number[] {
  const teacher = guidedWithin(straightTeacher(), { from: 0.25, to: 0.75 });
  const context = { conditional: row(3, 5), unconditional: row(1, 1), w: tf.tensor1d([2]) };
  const v = teacher.velocity({}, context)(tf.zeros([1, 1, 2]), tf.tensor1d([time]));
  return [...v.dataSync()];
}

it('is guided in the interval, its ends included, and moves by its conditional velocity outside', () => {
  const [guided, conditional] = [
    [5, 9],
    [3, 5],
  ];
  expect([0, 0.2, 0.25, 0.5, 0.75, 0.8, 1].map(velocityAt)).toEqual([
    conditional,
    conditional,
    guided,
    guided,
    guided,
    conditional,
    conditional,
  ]);
});

it('is another teacher, by its hash, with every interval', () => {
  const hashes = [
    [0, 1],
    [0, 0.5],
    [0.5, 1],
  ].map(([from = 0, to = 0]) => guidedWithin(straightTeacher(), { from, to }).hash);
  expect(new Set([straightTeacher().hash, ...hashes]).size).toBe(4);
});
