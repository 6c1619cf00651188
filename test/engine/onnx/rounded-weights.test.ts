import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { traceToLowered } from '../../../src/engine/compile.ts';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { encodeLowered } from '../../../src/engine/onnx/encode.ts';
import { halveWeights } from '../../../src/engine/onnx/half-weights.ts';
import type { LoweredGraph, OnnxProgram } from '../../../src/engine/onnx/lower-graph.ts';
import { quantizeBlockProducts, quantizeBlocks } from '../../../src/engine/onnx/quantize-blocks.ts';
import { openSession } from '../../../src/engine/onnx/session.ts';
import { fromFloat16, toFloat16 } from '../../../src/ground/file/half.ts';
import { stream } from '../../../src/ground/random/philox.ts';

const [rows, columns] = [72, 40] as const; // a block that is not full
const weight = stream('rounded', 'weight').normal(rows * columns);
const addend = stream('rounded', 'addend').normal(columns);
const specs = { x: { shape: ['batch', rows] } } as const;
const programOf = (data: Float32Array, transposed: boolean): LoweredGraph =>
  traceToLowered(
    ({ x, w, b }) => ({ y: tf.add(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D, false, transposed), b as tf.Tensor) }),
    specs,
    {
      constants: {
        w: { shape: transposed ? [columns, rows] : [rows, columns], data },
        b: { shape: [columns], data: addend },
      },
      standardOnly: true,
    },
  );
const whole = programOf(weight, false);

async function results(lowered: LoweredGraph, rewrite: (program: OnnxProgram) => OnnxProgram, batch: number) {
  const program = { ...lowered, ...rewrite(lowered) };
  const session = await openSession(encodeLowered(program), { inputs: specs, outputs: ['y'] }, cpuEngine());
  const x = { shape: [batch, rows], data: stream('rounded', 'x').normal(batch * rows) };
  const { y } = await session.run({ x });
  await session.dispose();
  return y?.data as Float32Array;
}

/** x·w + b in float64, of weights as they are after rounding. */
function product(rounded: ArrayLike<number>, batch: number): number[] {
  const x = stream('rounded', 'x').normal(batch * rows);
  return Array.from({ length: batch * columns }, (_, place) => {
    const [row, column] = [Math.floor(place / columns), place % columns];
    let sum = addend[column] ?? 0;
    for (let k = 0; k < rows; k++) sum += (x[row * rows + k] ?? 0) * (rounded[k * columns + column] ?? 0);
    return sum;
  });
}

const relative = (found: ArrayLike<number>, right: readonly number[]): number => {
  const [apart, size] = [right.map((value, i) => (found[i] ?? Number.NaN) - value), right];
  const squares = (values: readonly number[]): number => values.reduce((sum, value) => sum + value ** 2, 0);
  return Math.sqrt(squares(apart) / squares(size));
};

/** What a matrix in four bits stands for [K, N]. */
function unpacked({ values, scales }: ReturnType<typeof quantizeBlocks>): Float32Array {
  const blocks = Math.ceil(rows / 32);
  return Float32Array.from({ length: rows * columns }, (_, place) => {
    const [k, n] = [Math.floor(place / columns), place % columns];
    const element = (n * blocks + Math.floor(k / 32)) * 32 + (k % 32);
    const word = ((values[element >> 1] ?? 0) >> (4 * (element & 1))) & 15;
    return (scales[element >> 5] ?? 0) * (word - 8);
  });
}

test('float16 weights give the product of the halved numbers, in float32', async () => {
  const halved = weight.map((value) => fromFloat16(toFloat16(value)));
  const found = await results(whole, halveWeights, 5);
  expect(relative(found, product(halved, 5))).toBeLessThan(1e-6);
  expect(relative(found, product(weight, 5))).toBeGreaterThan(1e-5);
});

test('weights beyond the range of float16 stay float32', async () => {
  const large = weight.map((value, i) => (i === 7 ? 1e5 : value));
  const program = halveWeights(programOf(large, false));
  expect(program.constants.map(({ data }) => data.constructor.name)).not.toContain('Uint16Array');
});

test('four bits keep the order of blocks and halves of bytes: the product is that of the rounded matrix', async () => {
  const rounded = unpacked(quantizeBlocks(weight, rows, columns));
  expect(relative(rounded, [...weight])).toBeLessThan(0.1);
  const found = await results(whole, quantizeBlockProducts, 5);
  expect(relative(found, product(rounded, 5))).toBeLessThan(0.015); // activations are rounded to 8 bits
});

test('a matrix that lies transposed becomes the same four bits', () => {
  const lying = Float32Array.from(weight, (_, i) => weight[(i % rows) * columns + Math.floor(i / rows)] ?? 0);
  expect(quantizeBlocks(lying, rows, columns, true)).toEqual(quantizeBlocks(weight, rows, columns));
});

test('a block of zeros stays zeros', () => {
  expect([...unpacked(quantizeBlocks(new Float32Array(rows * columns), rows, columns))].every((v) => v === 0)).toBe(
    true,
  );
});

test('a row in four bits does not depend on the rows beside it', async () => {
  const [one, many] = [await results(whole, quantizeBlockProducts, 1), await results(whole, quantizeBlockProducts, 7)];
  for (const [i, value] of one.entries()) expect(many[i]).toBeCloseTo(value, 5);
});
