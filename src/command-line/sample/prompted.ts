import { UsageError } from '../../ground/errors.ts';
import { labelOfWord } from '../../teachers/data/prompt.ts';
import type { ImageModel } from '../../teachers/teacher.ts';

/** Columns of a sheet at most. */
const WIDEST = 10;

/** An image model that is asked for some of its prompts only, by their words; all where none is given. Throws UsageError on others. */
export function promptedModel(model: ImageModel, words: readonly string[]): ImageModel {
  if (words.length === 0) return model;
  const chosen = words.map((word) => {
    const label = labelOfWord(model.prompts, word);
    if (label < 0) throw new UsageError(`--prompt ${word}: expected one of ${model.prompts.join(', ')}`);
    return label;
  });
  return {
    ...model,
    prompts: chosen.map((label) => model.prompts[label] ?? ''),
    generate: ({ labels, noise }, head) => model.generate({ labels: labels.map((i) => chosen[i] ?? 0), noise }, head),
  };
}

/** The prompts above a sheet's columns: images go round the prompts, so columns are a multiple of them. */
export function columnPrompts(prompts: readonly string[], images: number): readonly string[] {
  const rounds = Math.max(1, Math.floor(WIDEST / prompts.length));
  return Array.from({ length: rounds }, () => prompts)
    .flat()
    .slice(0, images);
}
