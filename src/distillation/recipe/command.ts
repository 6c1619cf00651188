/** The command of an evaluation: what it may be asked for, how its open fields are filled, and what its words name. */
import type { z } from 'zod';
import type { FieldPath, Problem } from './problem.ts';
import type { CommandRecipe, DistillRecipe } from './recipe.ts';
import type { commandSchema } from './schema/command.ts';
import { measuredCounts } from './times.ts';

type Parsed = z.output<typeof commandSchema>;

/** What a word of a command may name in braces. */
export const placeholders = ['head', 'sampler', 'steps', 'guidance', 'seed', 'samples', 'out'] as const;

/** One of them. */
export type Placeholder = (typeof placeholders)[number];

/** The names in braces in a word: lower-case letters alone, so that JSON and format strings pass. */
const inBraces = /\{([a-z]+)\}/g;

/** Words with what stands for their placeholders. */
export const filledWords = (
  words: readonly string[],
  values: Readonly<Partial<Record<Placeholder, string>>>,
): string[] =>
  words.map((word) => word.replace(inBraces, (whole, name: string) => values[name as Placeholder] ?? whole));

/** Whether words mention a placeholder. */
export const mentions = (words: readonly string[], placeholder: Placeholder): boolean =>
  words.some((word) => word.includes(`{${placeholder}}`));

/** A command whose format and seeds are settled. */
export const completeCommand = (command: Parsed, teacher: string) => ({
  ...command,
  format: command.format ?? (teacher === 'imported' ? ('original' as const) : ('onnx' as const)),
  seeds: command.seeds ?? (command.reads === 'metrics' ? [1, 2, 3] : [1, 2]),
});

/** Whether `run` serves the teacher, too: its head is there in the very form. */
export const teacherHasHead = (
  { teacher }: Pick<DistillRecipe, 'teacher'>,
  { format }: Pick<CommandRecipe, 'format'>,
): boolean => teacher.kind === 'imported' && format === 'original';

/** What is wrong with the command of a recipe. */
export function commandProblems(recipe: DistillRecipe): Problem[] {
  const { command, features } = recipe.evaluation;
  if (command === undefined) return [];
  const { reads, seeds, teacher } = command;
  return [
    ...wordProblems(recipe, command),
    ...(teacher === undefined && !teacherHasHead(recipe, command)
      ? [at(['teacher'], `expected the words that run the teacher: ${withoutHead(recipe)}`)]
      : []),
    ...seedProblems(reads, seeds),
    ...(reads === 'images' && features === undefined
      ? [at(['reads'], 'expected evaluation.features beside it, the network that looks at images')]
      : []),
  ];
}

const at = (path: FieldPath, message: string): Problem => ({ path: ['evaluation', 'command', ...path], message });

const withoutHead = ({ teacher }: DistillRecipe): string =>
  teacher.kind === 'imported'
    ? 'with format onnx there is no file of its head'
    : `a ${teacher.kind} teacher has no head of another system that could be given to them`;

function wordProblems(recipe: DistillRecipe, command: CommandRecipe): Problem[] {
  const { run, teacher, format } = command;
  const counts = new Set(recipe.students.flatMap((student) => measuredCounts(student, recipe)));
  const several = counts.size > 1 && !mentions(run, 'steps') && !mentions(run, 'sampler');
  const scales = recipe.evaluation.otherGuidance ?? [];
  return [
    ...unknown(['run'], run, format === 'onnx' ? placeholders : without('sampler')),
    ...(mentions(run, 'head') || mentions(run, 'sampler')
      ? []
      : [missing('run', format === 'onnx' ? 'head} or {sampler' : 'head')]),
    ...(several ? [missing('run', 'steps', `students are measured at ${[...counts].join(', ')} steps`)] : []),
    ...(scales.length > 0 && !mentions(run, 'guidance')
      ? [missing('run', 'guidance', 'evaluation.otherGuidance has further scales')]
      : []),
    ...always('run', run),
    ...(teacher === undefined ? [] : teacherProblems(recipe, command, teacher)),
  ];
}

function teacherProblems(recipe: DistillRecipe, { run, format }: CommandRecipe, words: readonly string[]): Problem[] {
  const known = teacherHasHead(recipe, { format }) ? without('sampler') : without('head', 'sampler');
  return [
    ...unknown(['teacher'], words, known),
    ...(mentions(run, 'guidance') && !mentions(words, 'guidance')
      ? [missing('teacher', 'guidance', 'run has it')]
      : []),
    ...always('teacher', words),
  ];
}

const without = (...left: readonly Placeholder[]): readonly Placeholder[] =>
  placeholders.filter((name) => !left.includes(name));

const missing = (field: 'run' | 'teacher', name: string, why = ''): Problem =>
  at([field], `expected {${name}} in one of its words${why === '' ? '' : `: ${why}`}`);

/** What no command can do without: where to write, and a seed, by which runs differ. */
const always = (field: 'run' | 'teacher', words: readonly string[]): Problem[] =>
  (['out', 'seed'] as const).filter((name) => !mentions(words, name)).map((name) => missing(field, name));

const unknown = (path: FieldPath, words: readonly string[], known: readonly Placeholder[]): Problem[] =>
  words.flatMap((word, index) =>
    [...word.matchAll(inBraces)]
      .map(([, name = '']) => name)
      .filter((name) => !known.some((one) => one === name))
      .map((name) =>
        at([...path, index], `expected placeholders among ${known.map((one) => `{${one}}`).join(', ')}, got {${name}}`),
      ),
  );

function seedProblems(reads: CommandRecipe['reads'], seeds: readonly number[]): Problem[] {
  const again = seeds.findIndex((one, index) => seeds.indexOf(one) < index);
  if (again >= 0) return [at(['seeds', again], `expected each once, got ${seeds[again]} again`)];
  if (reads === 'metrics')
    return seeds.length < 3
      ? [at(['seeds'], `expected at least 3, for an interval over seeds, got ${seeds.length}`)]
      : [];
  return seeds.length === 2 ? [] : [at(['seeds'], `expected 2 with reads: ${reads}, got ${seeds.length}`)];
}
