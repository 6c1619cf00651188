import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FlowError } from '../../src/ground/errors.ts';
import { runFewstep } from './run-fewstep.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-teacher-import-'));
});
afterAll(() => rm(folder, { recursive: true }));

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

describe('fewstep teacher', () => {
  it('import prints what was found and inspect prints it again', async () => {
    const out = join(folder, 'pocket');
    const words = ['teacher', 'import', fixture('pocket-tts-a.weights.safetensors'), '--family', 'pocket-tts'];
    const imported = await runFewstep(...words, '--out', out);
    expect(imported).toContain(`Written to ${out}`);
    const inspected = await runFewstep('teacher', 'inspect', out);
    const narrow = (text: string): string => text.replace(/(?<=\S) {2,}/g, '  ');
    for (const line of [
      'family  pocket-tts: pocket-tts (Kyutai)',
      'token  8 dimensions',
      'width × depth  32 × 2',
      'dtype  F32 (38 tensors)',
      'time  two, 0 noise to 1 data, unscaled',
      'guidance  combines hidden states, before the head',
      'beside the head  flow_lm.emb_mean, flow_lm.emb_std',
      'prefix  flow_lm.flow_net.',
    ]) {
      expect(narrow(imported)).toContain(line);
      expect(narrow(inspected)).toContain(line);
    }
  });

  it('import --json prints the card, with what the options say otherwise than the family', async () => {
    const output = await runFewstep(
      ...['teacher', 'import', fixture('mar-checkpoint.pth'), '--family', 'mar', '--name', 'mine'],
      ...['--out', join(folder, 'mar'), '--weights', 'model', '--bf16-times', '--start-index', '950', '--json'],
    );
    expect(JSON.parse(output)).toMatchObject({
      name: 'mine',
      family: 'mar',
      prefix: 'diffloss.net.',
      conventions: { prediction: 'ddpm-noise', startIndex: 950, bf16Time: true },
      latentScale: 0.2325,
      source: { select: ['model'] },
    });
    const inspected = await runFewstep('teacher', 'inspect', join(folder, 'mar'), '--json');
    expect(JSON.parse(inspected)).toMatchObject({ name: 'mine', flops: expect.any(Number) });
  });

  it('import of another family is refused in one line', async () => {
    const words = ['teacher', 'import', fixture('mar-a.weights.safetensors'), '--out', join(folder, 'wrong')];
    const failure = await runFewstep(...words, '--family', 'nextstep').catch((error: unknown) => error);
    if (!(failure instanceof FlowError)) throw new Error('expected a refusal');
    const { code, message } = failure;
    expect(code).toBe('data');
    expect(message).toContain('import it with --family mar');
    expect(message).not.toContain('\n');
  });

  it.each([
    ...[
      '--told x.yaml',
      '--role condition=h',
      '--constant a=1',
      '--times 1,0',
      '--integer-times',
      '--predicts noise',
    ].map((flag) => [flag, 'nextstep', 'ONNX heads'] as const),
    ...['--betas linear', '--guidance output'].map((flag) => [flag, 'mar', 'ONNX heads'] as const),
    ...['--weights model', '--bf16-times', '--use-norm', '--latent-scale 2'].map(
      (flag) => [flag, 'onnx', 'heads of families'] as const,
    ),
  ])('refuses %s with --family %s, which does not hear it', async (flag, family, kind) => {
    const words = ['teacher', 'import', 'no-such-file', '--family', family, ...flag.split(' ')];
    await expect(runFewstep(...words)).rejects.toThrow(
      `${flag.split(' ')[0]}: expected for ${kind} alone, got --family ${family}`,
    );
  });
});
