import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importGraph } from '../../../../src/teachers/imported/graph/import-graph.ts';
import { readGraph } from '../../../../src/teachers/imported/graph/read.ts';
import { nothingTold } from '../../../../src/teachers/imported/graph/told.ts';
import { importedInputs } from '../../../../src/teachers/imported/inputs.ts';
import { importedTeacher } from '../../../../src/teachers/imported/teacher.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../engine/onnx-graph/fixtures/${name}.onnx`, import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-import-graph-'));
});
afterAll(() => rm(folder, { recursive: true }));

const imported = (name: string, told = nothingTold) =>
  importGraph(fixture(name), { name, output: join(folder, name), told });

describe('an imported ONNX head', () => {
  it('is known by its card, and is a teacher without a sampler of its own', async () => {
    const card = await imported('transformer-dynamo', { ...nothingTold, guidance: 'condition' });
    expect(card.head).toMatchObject({
      x: 'x',
      t: 't',
      condition: 'c',
      tokenShape: [4, 6],
      conditionShape: [8],
      outputs: 24,
    });
    const { card: read, config } = await readGraph(join(folder, 'transformer-dynamo'));
    expect(read).toEqual(card);
    expect(config).toMatchObject({ architecture: 'onnx', token: 24, condition: 8, width: 9, guidance: 'condition' });
    expect(importedInputs(join(folder, 'transformer-dynamo'))).toEqual({ twoTimes: false, guidedBefore: true });
    const teacher = await importedTeacher(join(folder, 'transformer-dynamo'));
    expect([teacher.token, teacher.evaluations, teacher.own]).toEqual([24, 1, undefined]);
  });

  it('keeps numbers that its exporter computed ahead as constants, which nothing trains', async () => {
    const { head } = await imported('residual-dynamo');
    const weights = head.graph.parameters.map(([name]) => name);
    expect(weights.every((name) => name.includes('.'))).toBe(true);
    expect(head.graph.constants.length).toBeGreaterThan(0);
  });

  it('takes no folder of another kind of teacher, and no name that is a path', async () => {
    const output = join(folder, 'digits');
    await mkdir(output);
    await writeFile(join(output, 'card.json'), '{"format":"fewstep-digits-2"}');
    const over = importGraph(fixture('swiglu-script'), { name: 'digits', output, told: nothingTold });
    await expect(over).rejects.toThrow('expected a new folder or an imported head, found another teacher');
    expect(await readdir(output)).toEqual(['card.json']);
    const named = importGraph(fixture('swiglu-script'), { name: '../x', output: folder, told: nothingTold });
    await expect(named).rejects.toThrow('--name: expected lower-case letters');
  });

  it('is refused with one line where it is cut, and where its weights are others than its card says', async () => {
    const bytes = await readFile(fixture('swiglu-script'));
    const path = join(folder, 'cut.onnx');
    await writeFile(path, bytes.subarray(0, bytes.length / 2));
    const cut = importGraph(path, { name: 'cut', output: join(folder, 'cut'), told: nothingTold });
    await expect(cut).rejects.toThrow(/^\S*cut\.onnx: [^\n]+$/);
    await imported('swiglu-script');
    const weights = join(folder, 'swiglu-script', 'weights.safetensors');
    const content = await readFile(weights);
    content[content.length - 1] = (content.at(-1) ?? 0) ^ 1;
    await writeFile(weights, content);
    await expect(readGraph(join(folder, 'swiglu-script'))).rejects.toThrow('weights.safetensors: expected SHA-256');
  });

  it('is refused where its card holds no graph that can be run', async () => {
    await imported('convolutional-script');
    const card = join(folder, 'convolutional-script', 'card.json');
    const text = await readFile(card, 'utf8');
    await writeFile(card, text.replace('"operator": "Conv"', '"operator": "Loop"'));
    await expect(readGraph(join(folder, 'convolutional-script'))).rejects.toThrow(
      /card\.json: head\.graph\.nodes\.\d+\.operator/,
    );
  });
});
