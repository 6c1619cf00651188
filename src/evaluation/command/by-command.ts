/** The user's own closed loop: run, read, and held to the teacher in it. */
import { join } from 'node:path';
import type { DistillRecipe } from '../../distillation/recipe/recipe.ts';
import type { TrainedStudent } from '../../distillation/train/students.ts';
import { visible } from '../../ground/file/visible.ts';
import type { Progress } from '../../ground/progress.ts';
import type { Judge } from '../features/judge.ts';
import { openJudge } from '../features/open-judge.ts';
import type { RunsContext } from './made-runs.ts';
import { ofMetrics } from './of-metrics.ts';
import { ofSets } from './of-sets.ts';
import type { ByCommand } from './result.ts';

/** What the command is run for. */
export interface ByCommandOptions {
  readonly students: readonly TrainedStudent[];
  readonly teacher: { readonly hash: string };
  /** Folder of the run. */
  readonly run: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

/**
 * Runs the command of a recipe for the teacher and the students of the first seed, and measures what it made; undefined
 * where the recipe has none. Nothing runs that is kept. Throws CommandError, FileError or DataError.
 */
export async function measureByCommand(
  recipe: DistillRecipe,
  { students, teacher, run, ...options }: ByCommandOptions,
): Promise<ByCommand | undefined> {
  const { command, features } = recipe.evaluation;
  if (command === undefined) return undefined;
  const { kind, provider, threads } = recipe.engine;
  const judge =
    command.reads === 'images' && features !== undefined
      ? await openJudge(features, { kind, provider, threads })
      : undefined;
  const context: RunsContext = {
    ...{ ...options, recipe, command, teacher: teacher.hash, folder: join(run, 'evaluation', 'command') },
    students: students.filter(({ seed }) => seed === recipe.seeds[0]),
    ...(judge && { judgeHash: judge.hash }),
  };
  try {
    const measured = command.reads === 'metrics' ? await ofMetrics(context) : await ofSets(context, judge);
    return {
      ...{ run: command.run.map(visible), reads: command.reads },
      ...(command.teacher && { teacher: command.teacher.map(visible) }),
      ...(judge && { features: describe(judge) }),
      ...measured,
    };
  } finally {
    await judge?.dispose();
  }
}

const describe = ({ name, hash, distance }: Judge): NonNullable<ByCommand['features']> => ({
  ...{ name, hash },
  ...(distance !== undefined && { distance }),
});
