import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeSafetensors } from '../../src/ground/file/safetensors.ts';
import { modelCard } from '../../src/report/card.ts';
import { writeCards } from '../../src/report/cards.ts';
import { summarize } from '../../src/report/summary.ts';
import { evaluationOf } from './fixture/evaluation.ts';
import { precisionsOf } from './fixture/precisions.ts';
import { writeRunFolder } from './fixture/run-folder.ts';
import { temporaryFolder } from './fixture/temporary.ts';

const files = ['head.onnx', 'head.safetensors', 'sampler-1.onnx', 'sampler.onnx'];

describe('model cards', () => {
  it('tell what the student is, its files, its metrics with intervals, its cost and its limits', async () => {
    await expect(modelCard(summarize(evaluationOf()), 'trajectory', { files, seed: 1 })).toMatchFileSnapshot(
      'golden/card.md',
    );
  });

  it.each([
    ['alone', ['`t` [batch], `hidden` [batch, H]; output', 'Guidance is in its weights'], ['hidden_unconditional']],
    ['three-way', ['`guidance` [batch], `hidden_image_only` [batch, H]', 'guidance_image: new Tensor'], []],
  ] as const)('tell what a student hears: %s', (hearing, there, absent) => {
    const given = [...files, 'original.safetensors', 'use.py', 'sampler-re-noised-2.onnx', 'head.onnx.data'];
    const card = modelCard(summarize(evaluationOf()), 'trajectory', { files: given, seed: 1, hearing });
    for (const text of there) expect(card).toContain(text);
    for (const text of absent) expect(card).not.toContain(text);
    for (const file of given) expect(card).toMatch(new RegExp(`\\| \`${file.replaceAll('.', '\\.')}\` \\| \\w`));
  });

  it('say the steps of each token where these change along an image', () => {
    const evaluation = evaluationOf();
    const rows = evaluation.rows.map((row) =>
      row.name === 'trajectory' && row.steps === 4 ? { ...row, stepsByToken: [4, 4, 2, 1, 1, 1], nfe: 13 / 6 } : row,
    );
    const card = modelCard(summarize({ ...evaluation, rows }), 'trajectory', { files, seed: 1 });
    expect(card).toContain('| Steps by token of an image | the same | the same | 4 × 2, 2 × 1, 1 × 3 | the same |');
    expect(card).toContain('| Head forwards a token | 1 | 2 | 2.17 |');
  });

  it('have the rows of all samplers of the student, each under its name', () => {
    const evaluation = evaluationOf();
    const renoised = evaluation.rows
      .filter(({ name, steps }) => name === 'consistency' && steps > 1)
      .map((row) => ({ ...row, name: 'consistency re-noised', sampler: 'consistency-renoised' }));
    const summary = summarize({ ...evaluation, rows: [...evaluation.rows, ...renoised] });
    const card = modelCard(summary, 'consistency', { files, seed: 1 });
    expect(card).toContain('into a token in 1, 2, 4 steps;');
    const names = ['1 step', '2 steps', '4 steps', 'consistency re-noised, 2 steps', 'consistency re-noised, 4 steps'];
    expect(card).toContain(`|  | ${names.join(' | ')} | teacher, 32 steps |`);
    for (const name of names) expect(card).toContain(`- **${name}: `);
    expect(modelCard(summary, 'trajectory', { files, seed: 1 })).not.toContain('re-noised');
  });

  it('say what other precisions cost and give, where they were measured', () => {
    const precisions = precisionsOf();
    const given = [...files, 'sampler.int4.onnx', 'sampler.int8.onnx'];
    const card = modelCard(summarize(evaluationOf()), 'trajectory', { files: given, seed: 1, precisions });
    expect(card.slice(card.indexOf('## Precisions'), card.indexOf('## How'))).toMatchInlineSnapshot(`
      "## Precisions

      | File | Size | Energy distance to float32 | Floor | To the teacher | Batch 1 | Batch 256 |
      | --- | --- | --- | --- | --- | --- | --- |
      | sampler.onnx | 4.00 MB | – | – | 0.0200 [0.0190, 0.0210] | 1.00 ms | – |
      | sampler.int8.onnx | 4.00 MB | 0.0105 [0.0095, 0.0115] | 0.0100 [0.0090, 0.0110] | 0.0300 [0.0290, 0.0310] | 500 µs (2.0×) | – |
      | sampler.int4.onnx | 4.00 MB | 0.0500 [0.0490, 0.0510] | 0.0100 [0.0090, 0.0110] | 0.0300 [0.0290, 0.0310] | 250 µs (4.0×) | – |

      Conditional energy distances over 64 held-out contexts, 32 draws each, with 95 % intervals; the floor is that of two sets of float32 samples, of the same noises. Times are medians of a call of all steps when it was exported, on a \\| machine, and how many times as fast that is as float32.

      int8: samples not told apart from those of float32; the most, sampler.int8.onnx: 0.0005 \\[−0.0005, 0.0015\\] beyond the floor.

      int4: samples differ from those of float32, most of sampler.int4.onnx: 0.0400 \\[0.0390, 0.0410\\] beyond the floor.

      "
    `);
    expect(card).toContain('| `sampler.int8.onnx` | `sampler.onnx` with weights in int8');
    expect(card).toContain('(opset 17; int4 one of onnxruntime’s)');
  });

  it('do not let names write Markdown', () => {
    const evaluation = evaluationOf();
    const name = '[x](javascript:alert) | <b>\n# y';
    const rows = evaluation.rows.map((row) =>
      row.name === 'trajectory' ? { ...row, name, student: name, method: name } : row,
    );
    const card = modelCard(summarize({ ...evaluation, rows }), name, { files, seed: 1 });
    expect(card.split('\n')[0]).toBe('# \\[x\\](javascript:alert) \\| \\<b\\> # y');
    expect(card).not.toContain('\n# y');
  });

  it('are written for exported students, from the exported seed’s numbers, with the recipe', async () => {
    const folder = await temporaryFolder();
    const [run, students] = [join(folder, 'run'), join(folder, 'students')];
    await writeRunFolder(run, evaluationOf({ seeds: [2, 1] }));
    await mkdir(join(students, 'trajectory'), { recursive: true });
    for (const file of files) await writeFile(join(students, 'trajectory', file), '');
    await writeSafetensors(
      join(students, 'trajectory/head.safetensors'),
      {},
      { metadata: { conventions: '{"signature":"original"}' } },
    );
    const written = await writeCards(run, students);
    expect(written).toEqual([join(students, 'trajectory', 'card.md'), join(students, 'recipe.resolved.yaml')]);
    const card = await readFile(join(students, 'trajectory', 'card.md'), 'utf8');
    expect(card).toContain('Guidance is in its weights');
    expect(card).toContain('seed 2');
    expect(card).toContain('| FD | 25.3 ');
  });
});
