import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readReference } from '../../../src/evaluation/reference/read-reference.ts';
import { DataError } from '../../../src/ground/errors.ts';
import { leftOpen, nothing } from '../../held.ts';
import { tensor, tiny, writtenReference } from './written-reference.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-reference-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a reference', () => {
  it('has contexts, noise, its ends and ends of other noise, each tensor in its place', async () => {
    const path = await writtenReference(folder, { 'v.x': tensor([1], 7), x0_b: tensor([1], 8) });
    expect(await readReference(path)).toEqual({
      path,
      ...{ contexts: 2, condition: 3, draws: 2, token: 1 },
      context: { conditional: tiny.h, unconditional: tensor([2, 3], 0, 0, 0, 0, 0, 0), w: tiny.w },
      ...{ noise: tiny.x0, ends: tiny.x1, otherEnds: tiny.x1_b },
    });
  });

  it('may have hidden states without the prompt', async () => {
    const uncond = tensor([2, 3], 6, 5, 4, 3, 2, 1);
    const { context } = await readReference(await writtenReference(folder, { h_uncond: uncond }));
    expect(context.unconditional).toEqual(uncond);
  });

  it.each([
    ['h', undefined, 'tensor h: expected shape [E, H], got none among w, x0, x1, x1_b'],
    ['w', undefined, 'tensor w: expected shape [2], got none among h, x0, x1, x1_b'],
    ['x0', undefined, 'tensor x0: expected shape [2, S ≥ 2, D], got none'],
    ['x1', undefined, 'tensor x1: expected shape [2, 2, 1], got none'],
    ['x1_b', undefined, 'tensor x1_b: expected shape [2, 2, 1], got none'],
    ['h', tensor([6], 1, 2, 3, 4, 5, 6), 'tensor h: expected shape [E, H], got [6]'],
    ['h', tensor([2, 0]), 'tensor h: expected shape [E, H], got [2, 0]'],
    ['w', tensor([2, 1], 1, 2), 'tensor w: expected shape [2], got [2, 1]'],
    ['w', tensor([3], 1, 2, 3), 'tensor w: expected shape [2], got [3]'],
    ['x0', tensor([4, 1], 0, 2, 0, 1), 'tensor x0: expected shape [2, S ≥ 2, D], got [4, 1]'],
    ['x0', tensor([1, 4, 1], 0, 2, 0, 1), 'tensor x0: expected shape [2, S ≥ 2, D], got [1, 4, 1]'],
    ['x0', tensor([2, 1, 1], 0, 2), 'tensor x0: expected shape [2, S ≥ 2, D], got [2, 1, 1]'],
    ['x0', tensor([2, 2, 0]), 'tensor x0: expected shape [2, S ≥ 2, D], got [2, 2, 0]'],
    ['x1', tensor([2, 1, 2], 1, 2, 3, 4), 'tensor x1: expected shape [2, 2, 1], got [2, 1, 2]'],
    ['x1_b', tensor([2, 3, 1], 1, 2, 3, 4, 5, 6), 'tensor x1_b: expected shape [2, 2, 1], got [2, 3, 1]'],
    ['h_uncond', tensor([3, 2], 1, 2, 3, 4, 5, 6), 'tensor h_uncond: expected shape [2, 3], got [3, 2]'],
    ['x1_b', tensor([2, 2, 1], 1, 1, Number.NaN, 1), 'tensor x1_b: expected finite numbers, got NaN at element 2'],
    ['w', tensor([2], 1, Number.POSITIVE_INFINITY), 'tensor w: expected finite numbers, got Infinity at element 1'],
  ])('with another %s is refused by file, tensor, expectation and finding (%#)', async (name, value, message) => {
    const path = await writtenReference(folder, { [name]: value });
    const error = await readReference(path).catch((caught) => caught);
    expect(error).toBeInstanceOf(DataError);
    expect(error.message).toMatch(/^[^\n]*$/);
    expect(error.message).toContain(`${path}: ${message}`);
  });

  it('of whole numbers is refused', async () => {
    const path = await writtenReference(folder, { x1_b: { shape: [2, 2, 1], data: Int32Array.of(1, 1, 1, -2) } });
    await expect(readReference(path)).rejects.toThrow('"x1_b": expected floating-point numbers, got I32');
  });

  it('leaves its file closed, also where it is none', async () => {
    const path = await writtenReference(folder);
    expect(await leftOpen(() => readReference(path))).toEqual(nothing);
    const odd = await writtenReference(folder, { w: undefined });
    expect(await leftOpen(() => expect(readReference(odd)).rejects.toThrow())).toEqual(nothing);
  });
});
