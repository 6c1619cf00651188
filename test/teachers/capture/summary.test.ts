import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { HostTensor } from '../../../src/ground/host-tensor.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { summarizeCapture } from '../../../src/teachers/capture/summary.ts';
import { captureOf, counted, integers } from './temporary-capture.ts';

const normal = (rows: number, columns: number): HostTensor<Float32Array> => ({
  shape: [rows, columns],
  data: stream('summary', rows, columns).normal(rows * columns),
});

/** Of rows that are a sequence each. */
const only = async (conditional: HostTensor<Float32Array>) => {
  const position = integers(new Array(conditional.shape[0] ?? 0).fill(0));
  const folder = await captureOf({ 'a.safetensors': { conditional, position } });
  const { tensors, ...summary } = await summarizeCapture(folder, { guidance: 1 });
  const [tensor] = tensors;
  if (tensor === undefined) throw new Error('no tensor was summarized');
  return { ...summary, tensor };
};

describe('the summary of a capture', () => {
  it('has the moments of all numbers and counts every one in the histogram', async () => {
    const { tensor, problems, remarks } = await only({ shape: [4, 1], data: Float32Array.of(1, 2, 3, 6) });
    expect([tensor.mean, tensor.min, tensor.max]).toEqual([3, 1, 6]);
    expect(tensor.std).toBeCloseTo(Math.sqrt(3.5), 12);
    expect(tensor.histogram.counts.reduce((sum, count) => sum + count, 0)).toBe(4);
    expect([problems, remarks]).toEqual([[], []]);
  });

  it('is exact for a small spread far from zero', async () => {
    const { tensor } = await only({ shape: [2, 1], data: Float32Array.of(4096, 4096.5) });
    expect(tensor.std).toBe(0.25);
  });

  it('names the channel that stands out', async () => {
    const states = normal(64, 16);
    for (let row = 0; row < 64; row++) states.data[16 * row + 3] = 400 + (states.data[16 * row + 3] ?? 0);
    const { tensor } = await only(states);
    expect(tensor.outliers.map(({ channel }) => channel)).toEqual([3]);
    expect(tensor.outliers[0]?.mean).toBeCloseTo(400, 0);
  });

  it('counts repeated rows and channels that hold one number', async () => {
    const states = counted(6, 3);
    states.data.copyWithin(9, 0, 3);
    for (let row = 0; row < 6; row++) states.data[3 * row + 2] = 7;
    const { tensor, remarks } = await only(states);
    expect([tensor.repeats, tensor.constant]).toEqual([1, 1]);
    expect(remarks).toEqual([
      'conditional: 1 of 6 rows repeat an earlier one',
      'conditional: 1 of 3 channels hold one number only',
    ]);
  });

  it('says where rows of one sequence may be on both sides of the split', async () => {
    const folder = await captureOf({ 'a.safetensors': { conditional: counted(6, 3) } });
    const { remarks } = await summarizeCapture(folder, { guidance: 1 });
    expect(remarks).toEqual([expect.stringMatching(/^rows are split one by one, because they have no position: /)]);
  });

  it('tells numbers that are not finite with file, row and column', async () => {
    const states = counted(4, 2);
    states.data.set([Number.NaN, Number.POSITIVE_INFINITY], 5);
    const { problems, path, tensor } = await only(states);
    expect(problems).toEqual([
      `${join(path, 'a.safetensors')}: tensor conditional: row 2, column 1: expected finite numbers, got NaN (the first of 2)`,
    ]);
    expect(tensor.max).toBe(301);
  });

  it('misses unconditional states where guidance is asked for, and doubts equal ones', async () => {
    const folder = await captureOf({ 'a.safetensors': { conditional: counted(4, 2) } });
    expect((await summarizeCapture(folder, { guidance: 3 })).problems).toEqual([
      `${folder}: expected a tensor named unconditional for guidance 3, found none`,
    ]);
    const threeWay = await summarizeCapture(folder, { guidance: 3, imageGuidance: 2 });
    expect(threeWay.problems[1]).toBe(`${folder}: expected a tensor named image_only for image guidance 2, found none`);
    const both = { conditional: counted(4, 2), unconditional: counted(4, 2) };
    const { remarks } = await summarizeCapture(await captureOf({ 'a.safetensors': both }), { guidance: 3 });
    expect(remarks.join()).toContain('were both taken from one group?');
  });
});
