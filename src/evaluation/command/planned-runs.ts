import { mentions, teacherHasHead } from '../../distillation/recipe/command.ts';
import type { CommandRecipe, DistillRecipe } from '../../distillation/recipe/recipe.ts';
import { measuredCounts } from '../../distillation/recipe/times.ts';

/** One head at a step count under a guidance scale. */
export interface CommandHead {
  readonly kind: 'teacher' | 'student';
  /** `teacher`, or the student's name in the recipe. */
  readonly name: string;
  readonly steps: number;
  readonly guidance: number;
}

/** One run of the command. */
export interface CommandRun extends CommandHead {
  readonly seed: number;
}

/** The guidance scales that the command is run under: the evaluation's own, and its further ones where the words name the scale. */
export function commandScales({ evaluation }: Pick<DistillRecipe, 'evaluation'>): readonly number[] {
  const { command, guidance, otherGuidance = [] } = evaluation;
  return command !== undefined && mentions(command.run, 'guidance') ? [guidance, ...otherGuidance] : [guidance];
}

/** The heads under a guidance scale: the teacher first, then each student at each of its step counts. */
export function commandHeads(recipe: DistillRecipe, guidance: number): readonly [CommandHead, ...CommandHead[]] {
  const teacher = { kind: 'teacher', name: 'teacher', steps: recipe.evaluation.teacher.steps, guidance } as const;
  const students = recipe.students.flatMap((student) =>
    measuredCounts(student, recipe).map((steps) => ({ kind: 'student', name: student.name, steps, guidance }) as const),
  );
  return [teacher, ...students];
}

/** The seeds of a head: all for metrics; of sets the teacher's two, of which students are run with the first. */
export const seedsOf = ({ reads, seeds }: CommandRecipe, { kind }: Pick<CommandHead, 'kind'>): readonly number[] =>
  reads === 'metrics' || kind === 'teacher' ? seeds : seeds.slice(0, 1);

/** Every run of a recipe's command, in order; none without a command. */
export function plannedRuns(recipe: DistillRecipe): readonly CommandRun[] {
  const { command } = recipe.evaluation;
  if (command === undefined) return [];
  return commandScales(recipe).flatMap((guidance) =>
    commandHeads(recipe, guidance).flatMap((head) => seedsOf(command, head).map((seed) => ({ ...head, seed }))),
  );
}

/** The words of a head's command, placeholders in them. */
export const wordsOf = (
  { run, teacher = run }: Pick<CommandRecipe, 'run' | 'teacher'>,
  { kind }: Pick<CommandHead, 'kind'>,
): readonly string[] => (kind === 'teacher' ? teacher : run);

/** Whether a head is given to its command as a file. */
export const isGiven = (recipe: DistillRecipe, command: CommandRecipe, { kind }: Pick<CommandHead, 'kind'>): boolean =>
  kind === 'student' || (teacherHasHead(recipe, command) && mentions(wordsOf(command, { kind }), 'head'));

/** A file name for a run. */
export const runFile = ({ kind, name, steps, guidance, seed }: CommandRun): string =>
  `${kind === 'teacher' ? '' : 'student-'}${name}-${steps}-w${guidance}-seed${seed}`;
