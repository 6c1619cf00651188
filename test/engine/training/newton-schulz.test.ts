import { describe, expect, it } from 'vitest';
import { compile, traceGraph } from '../../../src/engine/compile.ts';
import { nodesOf } from '../../../src/engine/graph/graph.ts';
import { named } from '../../../src/engine/graph/named.ts';
import type { Engine } from '../../../src/engine/graph/program.ts';
import { orthogonalized } from '../../../src/engine/training/newton-schulz.ts';
import { symmetricEigen } from '../../../src/evaluation/statistics/eigen.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { relativeError } from '../../eager.ts';

/** Row-major matrices as lists of rows. */
type Matrix = readonly (readonly number[])[];

const transposed = (matrix: Matrix): number[][] =>
  (matrix[0] ?? []).map((_, column) => matrix.map((row) => row[column] ?? 0));

const product = (a: Matrix, b: Matrix): number[][] => {
  const columns = transposed(b);
  return a.map((row) => columns.map((column) => row.reduce((sum, value, i) => sum + value * (column[i] ?? 0), 0)));
};

/** A reflection I − 2vvᵀ/‖v‖², which is orthogonal. */
const reflection = (key: string, size: number): number[][] => {
  const v = stream(key).normal(size);
  const norm = v.reduce((sum, value) => sum + value * value, 0);
  return Array.from(v, (a, i) => Array.from(v, (b, j) => Number(i === j) - (2 * a * b) / norm));
};

/** U·diag(values)·Vᵀ of a shape. */
const withSingularValues = (rows: number, columns: number, values: readonly number[]): number[][] => {
  const middle = Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (_, j) => (i === j ? (values[i] ?? 0) : 0)),
  );
  return product(product(reflection('u', rows), middle), reflection('v', columns));
};

/** What five iterations make of one singular value, in float64: s ← a·s + b·s³ + c·s⁵. */
const lifted = (value: number): number => {
  let s = value;
  for (let i = 0; i < 5; i++) s = 3.4445 * s - 4.775 * s ** 3 + 2.0315 * s ** 5;
  return s;
};

async function run(matrix: Matrix, kind: Engine['kind'] = 'onnx'): Promise<number[][]> {
  const shape = [matrix.length, matrix[0]?.length ?? 0];
  const program = await compile(
    (inputs) => ({ y: orthogonalized(named(inputs, 'x')) }),
    { x: { shape } },
    { engine: { kind, provider: 'cpu', threads: 1 } },
  );
  const { y } = await program.run({ x: { shape, data: Float32Array.from(matrix.flat()) } });
  await program.dispose();
  const { data = new Float32Array() } = y ?? {};
  return matrix.map((row, i) => Array.from(data.subarray(i * row.length, (i + 1) * row.length)));
}

/** The singular values of a matrix, in ascending order. */
const singularValues = (matrix: Matrix): number[] => {
  const small = matrix.length > (matrix[0]?.length ?? 0) ? transposed(matrix) : matrix;
  const gram = product(small, transposed(small));
  return Array.from(symmetricEigen(Float64Array.from(gram.flat()), gram.length).values, Math.sqrt);
};

const random = (rows: number, columns: number): number[][] =>
  Array.from({ length: rows }, (_, row) => Array.from(stream('random', row).normal(columns)));

it.each([
  ['wide', [8, 20]],
  ['tall', [20, 8]],
])('Newton–Schulz of a %s matrix takes the smaller of its two products with itself', (_, shape) => {
  const graph = traceGraph((inputs) => ({ y: orthogonalized(named(inputs, 'x')) }), { x: { shape } });
  const products = [...nodesOf(graph)].filter(({ operation }) => operation === 'MatMul');
  const sizes = products.map(({ outputs: [output] }) => output?.shape);
  expect(sizes).toEqual(Array.from({ length: 5 }, () => [[8, 8], [8, 8], shape]).flat());
});

describe.each(['onnx', 'tfjs'] as const)('Newton–Schulz on %s', (kind) => {
  it('keeps an orthogonal matrix but for one factor near 1', async () => {
    const orthogonal = reflection('q', 32);
    const factor = lifted(1 / Math.sqrt(32));
    expect(Math.abs(factor - 1)).toBeLessThan(0.3);
    const expected = orthogonal.flat().map((value) => factor * value);
    expect(relativeError((await run(orthogonal, kind)).flat(), expected)).toBeLessThan(1e-5);
  });

  it.each([
    ['square', 12, 12],
    ['wide', 8, 20],
    ['tall', 20, 8],
  ])('lifts the singular values of a %s matrix and keeps its vectors', async (_, rows, columns) => {
    const values = Array.from({ length: Math.min(rows, columns) }, (_, i) => 0.3 + i);
    const norm = Math.hypot(...values) + 1e-7;
    const expected = withSingularValues(
      rows,
      columns,
      values.map((value) => lifted(value / norm)),
    );
    expect(
      relativeError((await run(withSingularValues(rows, columns, values), kind)).flat(), expected.flat()),
    ).toBeLessThan(1e-5);
  });

  it.each([
    [48, 48],
    [32, 96],
    [96, 32],
  ])('brings the singular values of random numbers [%i, %i] between 0.68 and 1.21', async (rows, columns) => {
    const values = singularValues(await run(random(rows, columns), kind));
    expect(values[0]).toBeGreaterThan(0.68);
    expect(values.at(-1)).toBeLessThan(1.21);
  });

  it('gives the transpose of what it gives for the transpose', async () => {
    const matrix = random(40, 33);
    const straight = (await run(matrix, kind)).flat();
    expect(relativeError(transposed(await run(transposed(matrix), kind)).flat(), straight)).toBeLessThan(1e-5);
  });

  it('makes zeros of zeros, and little of a gradient far under 1e-7', async () => {
    expect(
      new Set(
        (
          await run(
            [
              [0, 0],
              [0, 0],
            ],
            kind,
          )
        ).flat(),
      ),
    ).toEqual(new Set([0]));
    const [[small = 0] = []] = await run(
      [
        [1e-10, 0],
        [0, 1e-10],
      ],
      kind,
    );
    expect(small).toBeCloseTo(lifted(1e-10 / (Math.SQRT2 * 1e-10 + 1e-7)), 5);
  });
});
