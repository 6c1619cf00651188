import type { DistillRecipe } from '../../distillation/recipe/recipe.ts';
import type { TrainedStudent } from '../../distillation/train/students.ts';
import { type PlannedRow, plannedRows } from '../../evaluation/stage/plan.ts';
import { sampleImages } from '../../evaluation/stage/sample-job.ts';
import { scheduleOf } from '../../evaluation/stage/samples.ts';
import { counted } from '../../ground/counted.ts';
import { UsageError } from '../../ground/errors.ts';
import type { Progress } from '../../ground/progress.ts';
import { loadTeacher, teacherSource } from '../../teachers/load.ts';
import type { ImageModel, Teacher } from '../../teachers/teacher.ts';
import { withSteps } from '../step-counts.ts';
import { columnPrompts, promptedModel } from './prompted.ts';
import type { SampleBlock } from './sheet.ts';

/** What is drawn, and how it is watched. */
export interface DrawOptions {
  /** Images a head. */
  readonly images: number;
  readonly seed: number;
  /** Words that are drawn; all prompts of the teacher in turn where none is given. */
  readonly prompts: readonly string[];
  /** Step counts instead of the evaluation's; students that have their own keep them. */
  readonly steps?: readonly number[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Images by the teacher and by each student of the first seed at each step count, from the same prompts and noise.
 * Throws UsageError where the teacher makes no images or does not know a prompt.
 */
export async function drawHeads(
  recipe: DistillRecipe,
  trained: () => Promise<{ readonly students: readonly TrainedStudent[] }>,
  options: DrawOptions,
): Promise<{ readonly blocks: readonly SampleBlock[]; readonly prompts: readonly string[] }> {
  const teacher = await loadTeacher(teacherSource(recipe), recipe.engine);
  try {
    if (teacher.images === undefined)
      throw new UsageError(
        `the teacher ${teacher.name} makes tokens, no images; expected an image teacher like digits`,
      );
    const model = promptedModel(teacher.images, options.prompts);
    const { students } = await trained();
    const blocks = await drawBlocks(recipe, students, { ...teacher, images: model }, options);
    return { blocks, prompts: columnPrompts(model.prompts, options.images) };
  } finally {
    await teacher.dispose();
  }
}

/** The same with the teacher at hand. */
export async function drawBlocks(
  recipe: DistillRecipe,
  students: readonly TrainedStudent[],
  teacher: Teacher & { readonly images: ImageModel },
  { images, seed, steps, progress, signal }: Omit<DrawOptions, 'prompts'>,
): Promise<SampleBlock[]> {
  const { kind, provider, threads } = recipe.engine;
  const rows = rowsOf(recipe, steps);
  const stage = progress.stage('samples', rows.length, 'heads');
  const blocks: SampleBlock[] = [];
  for (const row of rows) {
    signal.throwIfAborted();
    const student = students.find(({ name, seed }) => name === row.student && seed === row.seed);
    const job = {
      row,
      engine: { kind, provider, threads },
      images,
      noise: ['sample', seed],
      guidance: recipe.evaluation.guidance,
      ...scheduleOf(recipe.evaluation),
      ...(student && { student: student.path }),
    };
    blocks.push({
      label: labelOf(row),
      images: (await sampleImages(job, teacher, teacher.images)).images,
      inverted: teacher.images.inverted,
    });
    stage.advance(blocks.length, labelOf(row));
  }
  stage.done();
  return blocks;
}

/** The teacher, then the students, each at its step counts. */
function rowsOf(recipe: DistillRecipe, steps: readonly number[] | undefined): PlannedRow[] {
  const rows = plannedRows({ ...withSteps(recipe, steps), seeds: recipe.seeds.slice(0, 1) });
  return rows.filter(({ kind }) => kind !== 'solver');
}

const labelOf = ({ kind, name, method, steps }: PlannedRow): string => {
  const count = counted(steps, 'steps');
  return kind === 'teacher' ? `${name}, ${count} of ${method}` : `${name}, ${count}`;
};
