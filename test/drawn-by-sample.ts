import { silentProgress } from '../src/command-line/progress.ts';
import { drawBlocks } from '../src/command-line/sample/draw-heads.ts';
import { promptedModel } from '../src/command-line/sample/prompted.ts';
import type { DistillRecipe } from '../src/distillation/recipe/recipe.ts';
import type { TrainedStudent } from '../src/distillation/train/students.ts';
import { keptTokens } from '../src/evaluation/stage/kept-tokens.ts';
import type { HostTensor } from '../src/ground/host-tensor.ts';
import { loadTeacher, teacherSource } from '../src/teachers/load.ts';
import type { ImageModel } from '../src/teachers/teacher.ts';

/** What `fewstep sample` draws of one head at one step count. */
export interface Drawn {
  readonly label: string;
  /** [N, height, width] in [0, 1]. */
  readonly images: HostTensor<Float32Array>;
  /** [N, tokens, D] */
  readonly tokens: HostTensor<Float32Array>;
}

/** Which images: the words, one image each, the seed and the students' steps. */
export interface Asked {
  readonly prompts: readonly string[];
  readonly seed: number;
  readonly steps: readonly number[];
}

/** Draws as `fewstep sample` does, by its own code, and keeps the tokens that it makes. */
export async function drawnBySample(
  recipe: DistillRecipe,
  students: readonly TrainedStudent[],
  { prompts, seed, steps }: Asked,
): Promise<Drawn[]> {
  const teacher = await loadTeacher(teacherSource(recipe), recipe.engine);
  if (teacher.images === undefined) throw new Error('expected an image teacher');
  const drawn: HostTensor<Float32Array>[] = [];
  const { generate, tokens } = teacher.images;
  const recorded: ImageModel = {
    ...teacher.images,
    generate: (request, head) => {
      const kept = keptTokens(request.labels.length, tokens, teacher.token);
      drawn.push(kept.tokens);
      return generate(request, kept.of(head));
    },
  };
  try {
    const blocks = await drawBlocks(
      recipe,
      students,
      { ...teacher, images: promptedModel(recorded, prompts) },
      { images: prompts.length, seed, steps, progress: silentProgress, signal: new AbortController().signal },
    );
    return blocks.map(({ label, images: made }, i) => ({
      label,
      images: made,
      tokens: drawn[i] ?? { shape: [0], data: new Float32Array(0) },
    }));
  } finally {
    await teacher.dispose();
  }
}

/** An image that a bundle drew, its numbers as any page can hand them over. */
export interface BundleImage {
  readonly pixels: ArrayLike<number>;
  readonly tokens: ArrayLike<number>;
}

/** How far a bundle's images are from those of `fewstep sample`: tokens, and pixels that are another byte. */
export function differences(drawn: Drawn, images: readonly BundleImage[]) {
  const join = (part: (image: BundleImage) => ArrayLike<number>): number[] =>
    images.flatMap((image) => Array.from(part(image)));
  const [tokens, pixels] = [join((image) => image.tokens), join((image) => image.pixels)];
  const bytes = Array.from(drawn.images.data, (value) => Math.round(value * 255));
  if (tokens.length !== drawn.tokens.data.length || pixels.length !== bytes.length) throw new Error('other sizes');
  const gaps = bytes.map((value, i) => Math.abs(value - (pixels[i] ?? Number.NaN)));
  return {
    tokens: tokens.reduce((most, value, i) => Math.max(most, Math.abs(value - (drawn.tokens.data[i] ?? 0))), 0),
    levels: gaps.reduce((most, gap) => Math.max(most, gap), 0),
    share: gaps.filter((gap) => gap !== 0).length / gaps.length,
  };
}
