import { expect, it } from 'vitest';
import { dispersion } from '../../../src/evaluation/metric/dispersion.ts';
import { fd } from '../../../src/evaluation/metric/fd.ts';
import { type FrontPoint, paretoFront } from '../../../src/report/figure/front.ts';

const point = (name: string, nfe: number, value: number): FrontPoint => ({
  ...{ kind: 'student', name, steps: 1, nfe },
  estimate: { value, low: value, high: value },
});

const points = [
  point('dear and bad', 8, 30),
  point('cheap', 1, 20),
  point('as cheap and worse', 1, 25),
  point('better', 4, 10),
  point('as good and dearer', 16, 10),
];

it('keeps what nothing is both cheaper and better than', () => {
  expect(paretoFront(points, fd).map(({ name }) => name)).toEqual(['cheap', 'better']);
});

it('goes by what is good of the metric', () => {
  const near = [point('far below', 1, 0.5), point('nearer, above', 2, 1.3), point('farther, above', 4, 1.4)];
  expect(paretoFront(near, dispersion).map(({ name }) => name)).toEqual(['far below', 'nearer, above']);
});
