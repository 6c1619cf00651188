import type { DistillRecipe } from '../../distillation/recipe/recipe.ts';
import { plannedRuns, wordsOf } from '../../evaluation/command/planned-runs.ts';
import { counted } from '../../ground/counted.ts';
import { shellWords } from '../../ground/process/shell-words.ts';

/** What of a recipe's command would run, and how often. */
export interface CommandRuns {
  readonly folder: string;
  readonly teacher: { readonly runs: number; readonly words: readonly string[] };
  readonly students: { readonly runs: number; readonly words: readonly string[] };
}

/** What would run of the recipe's command; undefined where it has none. */
export function commandRuns(recipe: DistillRecipe): CommandRuns | undefined {
  const { command } = recipe.evaluation;
  if (command === undefined) return undefined;
  const of = (kind: 'teacher' | 'student') => ({
    runs: plannedRuns(recipe).filter((run) => run.kind === kind).length,
    words: wordsOf(command, { kind }),
  });
  return { folder: command.folder, teacher: of('teacher'), students: of('student') };
}

/** The same in lines. */
export const commandRunsText = ({ folder, teacher, students }: CommandRuns): string =>
  [
    '',
    `evaluation.command, with --allow-command alone, in ${folder}:`,
    `  teacher, ${counted(teacher.runs, 'runs')}: ${shellWords(teacher.words)}`,
    `  students, ${counted(students.runs, 'runs')}: ${shellWords(students.words)}`,
  ].join('\n');
