import { imageConfig, initialImageModel } from '../src/teachers/image/model.ts';
import { writeImageWeights } from '../src/teachers/image/weights.ts';

const config = imageConfig({
  data: 'mnist',
  patch: 14,
  backbone: { width: 8, depth: 1, heads: 2 },
  head: { width: 8, depth: 1 },
});

/** Writes the weights of a teacher of digits that has learnt nothing: four tokens an image. */
export async function tinyImageTeacher(folder: string): Promise<void> {
  const { token } = config.backbone;
  const normalization = { mean: new Float32Array(token).fill(0.13), std: new Float32Array(token).fill(0.3) };
  await writeImageWeights(folder, { config, parameters: initialImageModel(config, 1), normalization });
}
