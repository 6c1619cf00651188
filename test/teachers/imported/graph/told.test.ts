import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conventionsOf } from '../../../../src/teachers/imported/graph/conventions.ts';
import { rolesOf } from '../../../../src/teachers/imported/graph/roles.ts';
import { nothingTold, readTold, type Told } from '../../../../src/teachers/imported/graph/told.ts';

const roles = (inputs: string[], told: Partial<Told> = {}, outputs = ['out']) =>
  rolesOf('head.onnx', inputs, outputs, { ...nothingTold, ...told });

describe('the roles of inputs', () => {
  it('are by the names that inputs usually have, whatever their order', () => {
    expect(roles(['t', 'c', 'x'])).toEqual({ x: 'x', t: 't', condition: 'c', output: 'out' });
    expect(roles(['sample', 'timestep', 'encoder_hidden_states'])).toMatchObject({
      ...{ x: 'sample', t: 'timestep', condition: 'encoder_hidden_states' },
    });
    expect(roles(['x', 's', 't', 'cond'])).toMatchObject({ s: 's', t: 't' });
  });

  it('are what is told before what is called so', () => {
    const told = { roles: { x: 'h', condition: 'x' } };
    expect(roles(['x', 't', 'h'], told)).toMatchObject({ x: 'h', condition: 'x' });
    expect(roles(['x', 't', 'c'], { roles: { output: 'b' } }, ['a', 'b']).output).toBe('b');
  });

  it('are asked for where they stay open, with the names that there are', () => {
    expect(() => roles(['x', 't', 'q'])).toThrow(
      'head.onnx: expected --role condition=<name>; its inputs are x, t, q, its outputs out',
    );
    expect(() => roles(['x', 't', 'c', 'size'])).toThrow('expected --constant size=<number>, or a role for it');
    expect(() => roles(['x', 't', 'c'], {}, ['a', 'b'])).toThrow('expected --role output=<name>');
    expect(() => roles(['x', 't', 'c'], { roles: { x: 'y' } })).toThrow('--role x=y: expected one of x, t, c');
    expect(() => roles(['x', 't', 'c'], { constants: { n: 1 } })).toThrow('--constant n: expected one of x, t, c');
  });

  it('leave an input that is a constant alone', () => {
    expect(roles(['x', 't', 'c', 'y'], { constants: { c: 2 } }).condition).toBe('y');
  });
});

describe('what is told of times and predictions', () => {
  const conventions = (told: Partial<Told>) => conventionsOf({ ...nothingTold, ...told });

  it('are the conventions of a card', () => {
    expect(conventions({})).toEqual({ timeScale: 1, conventions: {} });
    expect(conventions({ times: { noise: 1000, data: 0 }, predicts: 'negative-velocity' })).toEqual({
      timeScale: 1000,
      conventions: { reversedTime: true, prediction: 'negative-velocity' },
    });
    expect(conventions({ predicts: 'ddpm-noise', betas: 'linear', startIndex: 980, integerTimes: true })).toEqual({
      timeScale: 1,
      conventions: { truncateTime: true, prediction: 'ddpm-noise', betas: 'linear', startIndex: 980 },
    });
    expect(conventions({ guidance: 'condition' }).conventions).toEqual({ guidance: 'condition' });
  });

  it('are refused where they say nothing that can be', () => {
    expect(() => conventions({ times: { noise: 1, data: 2 } })).toThrow('--times: expected 0 at noise or at data');
    expect(() => conventions({ times: { noise: 0, data: 0 } })).toThrow('got 0,0');
    expect(() => conventions({ betas: 'linear' })).toThrow('expected a head that predicts ddpm-noise');
  });
});

describe('a sidecar', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fewstep-told-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const sidecar = async (text: string): Promise<string> => {
    const path = join(folder, 'head.onnx.yaml');
    await writeFile(path, text);
    return path;
  };

  it('says what flags say', async () => {
    const path = await sidecar('roles: { x: sample }\ntimes: { noise: 1, data: 0 }\npredicts: data\n');
    expect(await readTold(path)).toEqual({
      ...{ roles: { x: 'sample' }, constants: {} },
      ...{ times: { noise: 1, data: 0 }, predicts: 'data' },
    });
    expect(await readTold(await sidecar(''))).toEqual(nothingTold);
  });

  it('is refused with its place where it says something else', async () => {
    await expect(readTold(await sidecar('predicts: speed'))).rejects.toThrow('head.onnx.yaml: predicts:');
    await expect(readTold(await sidecar('roles: { y: a }'))).rejects.toThrow('head.onnx.yaml: roles');
    await expect(readTold(await sidecar('a: [1'))).rejects.toThrow(/not valid YAML/);
    await expect(readTold(await sidecar(`x: ${'a'.repeat(70_000)}`))).rejects.toThrow('head.onnx.yaml');
  });
});
