import { expect, it } from 'vitest';
import { samplerFile, samplerOfFile } from '../../../../src/distillation/student/sampler/file.ts';
import { type SamplerName, samplers } from '../../../../src/distillation/student/sampler/table.ts';

const names = Object.keys(samplers) as SamplerName[];

it('files tell of which sampler and of how many steps they are', () => {
  const cases = [undefined, ...names].flatMap((second) => [2, 4].map((steps) => ({ second, steps })));
  const files = cases.map(({ second, steps }) => samplerFile(steps, 4, second));
  expect(new Set(files).size).toBe(cases.length);
  for (const [i, file] of files.entries()) {
    const { second, steps } = cases[i] ?? {};
    expect(samplerOfFile(file)).toEqual({ ...(steps === 2 && { steps }), ...(second !== undefined && { second }) });
  }
  expect(samplerFile(2, 4)).toBe('sampler-2.onnx');
  expect(samplerFile(4, 4, 'consistency-renoised')).toBe('sampler-re-noised.onnx');
});

it.each(['head.onnx', 'sampler-other.onnx', 'sampler.onnx.data', 'my-sampler.onnx'])('%s is none of them', (file) => {
  expect(samplerOfFile(file)).toBeUndefined();
});
