import { expect, it } from 'vitest';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { compareEnds, measureParity } from '../../../src/evaluation/parity/measure.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { loadTeacher } from '../../../src/teachers/load.ts';
import { smallRecipe } from '../../small-recipe.ts';

const [contexts, draws, token] = [64, 16, 4];
const exact = {
  shape: [contexts, draws, token],
  data: stream('parity').normal(contexts * draws * token),
};
const moved = (by: (value: number, place: number) => number) => ({ ...exact, data: exact.data.map(by) });

it('the same ends are within the floor, without any error', () => {
  const { distance, floor, endpointError } = compareEnds(exact, exact);
  expect(endpointError).toBe(0);
  expect(distance.value).toBeCloseTo(0, 6); // same pairs are left out on both sides
  expect(floor.low).toBeLessThan(0);
  expect(floor.high).toBeGreaterThan(0);
});

it.each([
  ['moved by half their deviation', moved((value) => value + 0.5), 0.5],
  ['a third narrower', moved((value) => value / 1.5), 1 / 3],
])('ends %s are beyond it', (_, ends, error) => {
  const { distance, floor, endpointError } = compareEnds(ends, exact);
  expect(distance.value).toBeGreaterThan(floor.high);
  expect(endpointError).toBeCloseTo(error, 1);
});

it('rounding by a hundredth is within it, and is told', () => {
  const noise = stream('parity', 'rounding').normal(exact.data.length);
  const { distance, floor, endpointError } = compareEnds(
    moved((value, i) => value + 0.01 * (noise[i] ?? 0)),
    exact,
  );
  expect(distance.value).toBeLessThan(floor.high);
  expect(endpointError).toBeCloseTo(0.01, 3);
});

it('solves the same paths twice: a teacher that is no network has nothing to quantise', async () => {
  const recipe = smallRecipe();
  const teacher = await loadTeacher(recipe.teacher, recipe.engine);
  const found = await measureParity(recipe, teacher, cpuEngine());
  expect(found).toMatchObject({ endpointError: 0, contexts: 64, draws: 16 });
  expect(found.speedup).toBeGreaterThan(0);
});
