import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readStudent, writeStudent } from '../../../src/distillation/student/file.ts';
import { studentFromScratch } from '../../../src/distillation/student/network.ts';
import { studentConfig } from '../../../src/distillation/train/student-job.ts';
import { studentArchitectures } from '../../../src/heads/network/head-schema.ts';
import { gaussianTeacher } from '../../../src/teachers/exact/gaussian.ts';
import { smallRecipe } from '../../small-recipe.ts';
import { temporaryFolder } from '../../teachers/capture/temporary-capture.ts';

const teacher = gaussianTeacher({ token: 3, condition: 4, std: 0.5, unconditionalStd: 1 });

const configOf = (head: string) => {
  const [student] = smallRecipe(`students[0].head=${head}`).students;
  if (student === undefined) throw new TypeError('a recipe without a student');
  return studentConfig(student, teacher);
};

it.each(studentArchitectures())('a student of the architecture %s is told from its file', async (name) => {
  const config = configOf(`{ width: 8, depth: 2, architecture: ${name} }`);
  expect(config.architecture ?? 'residual').toBe(name);
  const path = join(await temporaryFolder(), 'student.safetensors');
  const parameters = studentFromScratch(config, 1);
  await writeStudent(path, { parameters, config, sampler: 'flow-map', metadata: {} });
  expect(await readStudent(path)).toMatchObject({ config, parameters });
});

it('is as wide inside as its architecture’s systems are, and residual unless it says otherwise', () => {
  expect(configOf('{ width: 8, depth: 2 }')).toEqual({ token: 3, condition: 4, width: 8, depth: 2, timeScale: 32 });
  expect(configOf('{ width: 8, depth: 2, architecture: residual }')).toEqual(configOf('{ width: 8, depth: 2 }'));
  expect(configOf('{ width: 8, depth: 2, architecture: swiglu }').hidden).toBe(24);
  expect(() => configOf('{ width: 8, depth: 2, architecture: onnx }')).toThrow(
    /architecture: expected one of residual, two-time, swiglu, shared-modulation, got "onnx"/,
  );
});
