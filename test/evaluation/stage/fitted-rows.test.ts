import { expect, it } from 'vitest';
import { type FittedSolver, fittedHash } from '../../../src/distillation/solver/file.ts';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { rowSampler } from '../../../src/evaluation/stage/sample-job.ts';
import { sampledRows, sampleJob } from '../../../src/evaluation/stage/samples.ts';
import { smallRecipe } from '../../small-recipe.ts';
import { straightTeacher } from '../../straight-teacher.ts';

const recipe = smallRecipe('evaluation.solvers=[euler, bns]', 'evaluation.steps=[2]');
const cost = { error: 1, before: 2, paths: 80, pathForwards: 5120, forwards: 9920, seconds: 3, updates: 0 };
const made = { format: 1, steps: 2, ...cost, origin: { teacher: 't', cache: 'c', request: 'r' } } as const;
const euler: FittedSolver = { ...made, fit: 'times', solver: 'euler', times: [0, 0.625, 1] };
const bns: FittedSolver = {
  ...{ ...made, fit: 'weights', solver: 'bns', times: [0, 0.5, 1] },
  weights: [
    [1, 0.5],
    [1, 0.25, 0.75],
  ],
};

const rowsOf = (solvers: readonly FittedSolver[]) => sampledRows(recipe, { students: [], solvers }, 'folder');
const originsOf = (solvers: readonly FittedSolver[]) =>
  rowsOf(solvers).map((row) => sampleJob(recipe, row, { teacher: 't', features: 'f', images: false }).origin.solver);

it('rows of fitted solvers have their own, the others none', () => {
  expect(rowsOf([bns, euler]).map(({ row, fitted }) => [row.name, fitted])).toEqual([
    ['teacher', undefined],
    ['one', undefined],
    ['teacher euler', undefined],
    ['teacher euler, searched times', euler],
    ['teacher bns, fitted', bns],
    ['teacher', undefined],
  ]);
});

it('samples come from times and weights, whatever the fit cost', () => {
  const [none, hashes] = [undefined, [fittedHash(euler), fittedHash(bns)]];
  expect(originsOf([euler, bns])).toEqual([none, none, none, ...hashes, none]);
  expect(originsOf([{ ...euler, seconds: 99, forwards: 1 }, bns])).toEqual(originsOf([euler, bns]));
  expect(originsOf([{ ...euler, times: [0, 0.5, 1] }, bns])[3]).not.toBe(hashes[0]);
});

it('a row of a fitted solver is not sampled in equal steps where it is missing', async () => {
  const [, , , row] = rowsOf([]);
  if (row === undefined) throw new Error('too few rows');
  const job = { row: row.row, engine: cpuEngine(), noise: [] };
  await expect(rowSampler(job, straightTeacher(), 1)).rejects.toThrow(
    'teacher euler, searched times: a row of a fitted',
  );
});
