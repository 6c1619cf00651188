import { join } from 'node:path';
import type { ExportRequest } from '../src/distillation/export/students.ts';
import type { DistillRecipe } from '../src/distillation/recipe/recipe.ts';
import { writeStudent } from '../src/distillation/student/file.ts';
import { studentShapes } from '../src/distillation/student/network.ts';
import type { SamplerName } from '../src/distillation/student/sampler/table.ts';
import type { TrainedStudent } from '../src/distillation/train/students.ts';
import { sizeOf } from '../src/ground/host-tensor.ts';
import { stream } from '../src/ground/random/philox.ts';
import { readImageWeights } from '../src/teachers/image/weights.ts';
import { smallRecipe } from './small-recipe.ts';
import { tinyImageTeacher } from './tiny-image-teacher.ts';

/** A run of a tiny image teacher as if it were trained: two students, none of whose weights is zero. */
export interface WebRun {
  readonly recipe: DistillRecipe;
  readonly trained: readonly TrainedStudent[];
  readonly requests: readonly ExportRequest[];
}

const kinds: Readonly<Record<string, { readonly method: string; readonly sampler: SamplerName }>> = {
  map: { method: 'trajectory', sampler: 'flow-map' },
  noisy: { method: 'consistency', sampler: 'consistency-renoised' },
};

/** Writes the teacher and its students into a folder. */
export async function webRun(folder: string): Promise<WebRun> {
  const path = join(folder, 'teacher');
  await tinyImageTeacher(path);
  const { config, hash: teacher } = await readImageWeights(path);
  const students = Object.entries(kinds).map(
    ([name, { method }]) => `{name: ${name}, method: ${method}, training: {steps: 1, batch: 4, learningRate: 1.0e-3}}`,
  );
  const recipe = smallRecipe(
    `teacher={kind: digits, path: ${path}}`,
    `students=[${students.join(', ')}]`,
    'evaluation.guidance=1.5',
    'evaluation.guidanceSchedule=linear-2026',
  );
  const facts = { steps: 1, samples: 1, forwards: 1, seconds: 1 };
  const trained: TrainedStudent[] = [];
  for (const [name, { method, sampler }] of Object.entries(kinds)) {
    const file = join(folder, `${name}.safetensors`);
    const parameters = Object.fromEntries(
      Object.entries(studentShapes(config.head)).map(([tensor, shape]) => [
        tensor,
        {
          shape,
          data: stream('web', name, tensor)
            .normal(sizeOf(shape))
            .map((value) => 0.3 * value),
        },
      ]),
    );
    await writeStudent(file, { parameters, config: config.head, sampler, metadata: { method, teacher } });
    trained.push({ name, method, seed: 1, folder, path: file, hash: '', facts });
  }
  return { recipe, trained, requests: trained.map(({ name, path: file }) => ({ name, path: file, steps: [1, 3] })) };
}
