import { expect, test } from 'vitest';
import { lossCurve } from '../../../src/teachers/image/loss-curve.ts';

const line = (step: number, loss: number) => ({ step, loss, gradientNorm: 1, learningRate: 0.1, secondsElapsed: step });
const points = (svg: string): number[][] =>
  (/points="([^"]*)"/.exec(svg)?.[1] ?? '').split(' ').map((pair) => pair.split(',').map(Number));

test('the curve goes from the left edge down to the right edge, loss 0 at the bottom', () => {
  const drawn = points(lossCurve([line(0, 4), line(50, 2), line(100, 0)]));
  expect(drawn).toEqual([
    [48, 12],
    [338, 112],
    [628, 212],
  ]);
});

test('a long log is drawn as at most 160 means', () => {
  const lines = Array.from({ length: 1000 }, (_, i) => line(i + 1, i % 2)); // means of 7: 3/7 or 4/7
  const drawn = points(lossCurve(lines));
  expect(drawn.length).toBeLessThanOrEqual(160);
  expect(new Set(drawn.slice(0, -1).map(([, y]) => y)).size).toBe(2);
});
