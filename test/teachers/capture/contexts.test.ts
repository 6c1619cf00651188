import { describe, expect, it } from 'vitest';
import { openCapture } from '../../../src/teachers/capture/capture.ts';
import { captureContexts, checkContexts } from '../../../src/teachers/capture/contexts.ts';
import { captureSource } from '../../../src/teachers/capture/source.ts';
import type { ContextRequest } from '../../../src/teachers/teacher.ts';
import { captureOf, counted, integers } from './temporary-capture.ts';

const request = (more: Partial<ContextRequest> = {}): ContextRequest => ({
  rows: 8,
  key: ['trajectories', 1, 0],
  freeRunning: 0,
  split: 'train',
  guidance: { min: 1, max: 1 },
  ...more,
});

const positions = Array.from({ length: 200 }, (_, row) => row % 4);
const whole = {
  'a.safetensors': {
    conditional: counted(200, 2),
    unconditional: counted(200, 2, 0.5),
    image_only: counted(200, 2, 0.25),
    position: integers(positions),
  },
};
const rowOf = (value = Number.NaN): number => Math.floor(value / 100);

describe('contexts from a capture', () => {
  it('are a function of the request, and every tensor is of the same row', async () => {
    const capture = await openCapture(await captureOf(whole));
    const first = await captureContexts(capture, request());
    const again = await captureContexts(await openCapture(capture.path), request());
    expect(again).toEqual(first);
    const other = await captureContexts(capture, request({ key: ['trajectories', 1, 1] }));
    expect(other.conditional.data).not.toEqual(first.conditional.data);
    for (let b = 0; b < 8; b++) {
      const row = rowOf(first.conditional.data[2 * b]);
      expect(first.unconditional.data[2 * b]).toBe(100 * row + 0.5);
      expect(first.imageOnly?.data[2 * b]).toBe(100 * row + 0.25);
      expect(first.position.data[b]).toBe(row % 4);
    }
  });

  it('never share a sequence between training and testing, and a tenth is for testing', async () => {
    const capture = await openCapture(await captureOf(whole));
    const [train, test] = [await capture.split('train'), await capture.split('test')];
    expect([...train, ...test].sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, row) => row));
    const sequences = (rows: Int32Array) => new Set([...rows].map((row) => Math.floor(row / 4)));
    expect([...sequences(train)].filter((sequence) => sequences(test).has(sequence))).toEqual([]);
    expect(test.length).toBeGreaterThan(0);
    expect(test.length).toBeLessThan(40);
  });

  it('apart are of as many sequences as there are rows, and of all of them before a second row of any', async () => {
    const capture = await openCapture(await captureOf(whole));
    const available = await capture.split('test');
    const sequences = new Set([...available].map((row) => Math.floor(row / 4)));
    const rows = sequences.size + 2;
    const { conditional, position } = await captureContexts(capture, request({ split: 'test', rows, apart: true }));
    const chosen = Array.from({ length: rows }, (_, b) => rowOf(conditional.data[2 * b]));
    expect(new Set(chosen).size).toBe(rows);
    expect(chosen.map((row) => row % 4)).toEqual([...position.data]);
    expect(new Set(chosen.slice(0, -2).map((row) => Math.floor(row / 4)))).toEqual(sequences);
  });

  it('give every row once before any comes again', async () => {
    const capture = await openCapture(await captureOf({ 'a.safetensors': { conditional: counted(10, 1) } }));
    const available = [...(await capture.split('train'))];
    const { conditional } = await captureContexts(capture, request({ rows: available.length + 1 }));
    const rows = [...conditional.data].map(rowOf);
    expect(rows.slice(0, -1).sort((a, b) => a - b)).toEqual(available);
    expect(available).toContain(rows.at(-1));
  });

  it('keep a row for testing however few there are, and refuse one', async () => {
    const pair = await openCapture(await captureOf({ 'a.safetensors': { conditional: counted(2, 1) } }));
    expect([(await pair.split('train')).length, (await pair.split('test')).length]).toEqual([1, 1]);
    const single = await openCapture(await captureOf({ 'a.safetensors': { conditional: counted(1, 1) } }));
    await expect(single.split('train')).rejects.toThrow('expected at least 2 rows, to train and to test, got 1');
  });

  it('without unconditional states serve guidance 1 alone', async () => {
    const capture = await openCapture(await captureOf({ 'a.safetensors': { conditional: counted(4, 2) } }));
    const { conditional, unconditional } = await captureContexts(capture, request());
    expect(unconditional).toEqual(conditional);
    await expect(captureContexts(capture, request({ guidance: { min: 1, max: 3 } }))).rejects.toThrow(
      'expected a tensor named unconditional for guidance 1 to 3, found none; capture it, or set guidance: 1',
    );
  });

  it('are told apart by the content of the files', async () => {
    const hash = async (start: number) =>
      (await captureSource(await captureOf({ 'a.safetensors': { conditional: counted(4, 2, start) } }))).hash;
    expect(await hash(0)).toBe(await hash(0));
    expect(await hash(1)).not.toBe(await hash(0));
  });

  it('are a source for imported teachers', async () => {
    const source = await captureSource(await captureOf(whole));
    expect([source.condition, source.threeWay]).toEqual([2, true]);
    expect((await source.contexts(request({ rows: 3 }))).conditional.shape).toEqual([3, 2]);
  });
});

describe('a check before any work', () => {
  const use = { contexts: 100, guidance: { min: 1, max: 2 } };
  const checked = async (...files: Parameters<typeof captureOf>) =>
    checkContexts(await openCapture(await captureOf(...files)), use);

  it('passes a whole capture, and remarks that rows come again where more contexts are asked for', async () => {
    expect(await checked(whole)).toEqual([]);
    const few = { conditional: counted(50, 2), unconditional: counted(50, 2) };
    expect(await checked({ 'a.safetensors': few })).toEqual([
      expect.stringMatching(/fewstep-capture-\w+: rows are split one by one, because they have no position: /),
      expect.stringMatching(
        /^trajectories\.contexts: 100 are more than the \d\d rows to train on in .*: rows come again$/,
      ),
    ]);
  });

  it('refuses hidden states of a size that no head reads', async () => {
    const conditional = { ...counted(50, 2), data: counted(50, 2).data.map((value) => value * 3e34) };
    await expect(checked({ 'a.safetensors': { conditional, unconditional: counted(50, 2) } })).rejects.toThrow(
      /tensor conditional: expected hidden states below 1000000000, got \d\.\d+e\+38: are they scaled/,
    );
  });

  it('refuses what guidance lacks, and a number that is not finite in either split', async () => {
    await expect(checked({ 'a.safetensors': { conditional: counted(50, 2) } })).rejects.toThrow(
      'expected a tensor named unconditional for guidance 1 to 2',
    );
    for (const row of [0, 17, 49]) {
      const conditional = counted(50, 2);
      conditional.data[2 * row] = Number.NaN;
      await expect(checked({ 'a.safetensors': { conditional, unconditional: counted(50, 2) } })).rejects.toThrow(
        `a.safetensors: tensor conditional: row ${row}: expected finite numbers, got NaN`,
      );
    }
  });
});
