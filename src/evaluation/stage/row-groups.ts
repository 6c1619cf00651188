import type { DistillRecipe } from '../../distillation/recipe/recipe.ts';
import { stageFolder } from '../../ground/file/run-folder.ts';
import { realPath } from './real-file.ts';
import { type ReferenceFiles, referenceFiles } from './reference.ts';
import { type Measured, type SampledRow, sampledRows } from './samples.ts';

/** Rows of one guidance scale and the files of what they are compared with. */
export interface RowGroup {
  readonly guidance: number;
  readonly rows: readonly SampledRow[];
  readonly reference: ReferenceFiles;
}

/** The rows of a recipe under its guidance scale, then those under each other one that it asks for. */
export function rowGroups(
  recipe: DistillRecipe,
  {
    teacher,
    ...measured
  }: Measured & { readonly teacher: NonNullable<Measured['teacher']> & { readonly images?: unknown } },
  run: string,
): [RowGroup, ...RowGroup[]] {
  const { guidance, otherGuidance = [], features } = recipe.evaluation;
  const real = teacher.images && features !== undefined ? realPath(run) : undefined;
  const group = (scale: number, other?: number): RowGroup => {
    const rows = sampledRows(recipe, { ...measured, teacher }, stageFolder(run, 'evaluation'), other);
    return { guidance: scale, rows, reference: referenceFiles(rows, scale, real) };
  };
  return [group(guidance), ...otherGuidance.map((scale) => group(scale, scale))];
}
