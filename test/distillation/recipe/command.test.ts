import { describe, expect, it } from 'vitest';
import { filledWords } from '../../../src/distillation/recipe/command.ts';
import { runRecipeText } from '../../../src/distillation/recipe/paths.ts';
import { type ResolvedRecipe, resolveRecipeText } from '../../../src/distillation/recipe/resolve.ts';
import { smallRecipeText, smallRun } from '../../small-recipe.ts';

const words = (...more: string[]): string =>
  `[loop, ${['{head}', '{seed}', '{out}', ...more].map((word) => `'${word}'`).join(', ')}]`;
const teacher = "[loop, '{seed}', '{out}']";

/** The small recipe with a command of these fields. */
const withCommand = (fields: string, name = 'small.yaml', ...set: string[]): ResolvedRecipe<'distill'> =>
  resolveRecipeText(`${smallRecipeText}  command: { ${fields} }\n`, name, {
    ...{ kind: 'distill', engineDefaults: { workers: 1 }, set },
  });

const usual = `run: ${words()}, teacher: ${teacher}, reads: metrics`;
const commandOf = ({ recipe }: ResolvedRecipe<'distill'>) => recipe.evaluation.command;

describe('the command of a recipe', () => {
  it('has its open fields filled: the form of the head, seeds, the time, the recipe’s folder', () => {
    const filled = { format: 'onnx', seeds: [1, 2, 3], timeout: 3600, folder: 'some/where' };
    expect(commandOf(withCommand(usual, 'some/where/small.yaml'))).toMatchObject(filled);
    expect(commandOf(withCommand(usual.replace('metrics', 'tokens')))).toMatchObject({ seeds: [1, 2], folder: '.' });
  });

  it('runs in a folder that is the same one whatever folder the recipe is read in', () => {
    const { recipe } = withCommand(`${usual}, folder: ../other`, 'some/where/small.yaml');
    expect(recipe.evaluation.command?.folder).toBe('some/other');
    expect(runRecipeText(recipe, 'runs/small')).toContain('\n    folder: ../../some/other\n');
    const set = 'evaluation.command.folder=mine';
    expect(commandOf(withCommand(usual, 'some/where/small.yaml', set))?.folder).toBe('mine');
  });

  it('is no part of the run’s identity: a wrong word costs no training', () => {
    expect(withCommand(usual).hash).toBe(smallRun().hash);
    expect(withCommand(`${usual}, timeout: 5`).hash).toBe(smallRun().hash);
  });

  it('fills placeholders alone', () => {
    expect(filledWords(['--{steps}={steps}', '{"a": {b}}', '{HEAD}'], { steps: '2' })).toEqual([
      '--2=2',
      '{"a": {b}}',
      '{HEAD}',
    ]);
  });
});

describe('the command of a recipe is refused', () => {
  const refused = (fields: string, ...set: string[]) => expect(() => withCommand(fields, 'small.yaml', ...set));

  it('where a word has an unknown placeholder', () => {
    refused(usual.replace('{seed}', '{sed}')).toThrow(
      /small.yaml:17:36 evaluation.command.run\[2\]: expected placeholders among \{head\}, .*\{out\}, got \{sed\}/,
    );
    refused(usual.replace(teacher, "[loop, '{head}', '{seed}', '{out}']")).toThrow(
      'evaluation.command.teacher[1]: expected placeholders among {steps}, {guidance}, {seed}, {samples}, {out}, got {head}',
    );
  });

  it.each([
    ["run: [loop, '{seed}', '{out}']", 'command.run: expected {head} or {sampler} in one of its words'],
    ["run: [loop, '{head}', '{seed}']", 'command.run: expected {out} in one of its words'],
    ["run: [loop, '{head}', '{out}']", 'command.run: expected {seed} in one of its words'],
  ])('without what it cannot do without: %s', (run, message) => {
    refused(`${run}, teacher: ${teacher}, reads: metrics`).toThrow(`evaluation.${message}`);
  });

  it('where it does not hear what its runs differ by', () => {
    refused(usual, 'evaluation.steps=[1,2]').toThrow(
      'expected {steps} in one of its words: students are measured at 1, 2 steps',
    );
    refused(usual, 'evaluation.otherGuidance=[2]').toThrow('expected {guidance} in one of its words');
    refused(usual.replace(words(), words('{guidance}'))).toThrow(
      'command.teacher: expected {guidance} in one of its words: run has it',
    );
    refused(usual.replace(teacher, '[loop]')).toThrow('command.teacher: expected {out}');
  });

  it('where the teacher has no head of another system that the command could run with', () => {
    refused(`run: ${words()}, reads: metrics`).toThrow(
      'evaluation.command.teacher: expected the words that run the teacher: a gaussian teacher has no head of another system',
    );
    const imported = ['teacher={kind: imported, path: x}', 'data={kind: capture, path: y}'];
    refused(`run: ${words()}, reads: metrics, format: onnx`, ...imported).toThrow(
      'with format onnx there is no file of its head',
    );
    expect(commandOf(withCommand(`run: ${words()}, reads: metrics`, 'small.yaml', ...imported))?.format).toBe(
      'original',
    );
    refused(`run: ${words('{sampler}')}, reads: metrics`, ...imported).toThrow('got {sampler}');
  });

  it('with too few seeds for an interval, or others than two for sets', () => {
    refused(`${usual}, seeds: [1, 2]`).toThrow('command.seeds: expected at least 3, for an interval over seeds, got 2');
    refused(`${usual}, seeds: [1, 2, 1]`).toThrow('command.seeds[2]: expected each once, got 1 again');
    refused(`${usual.replace('metrics', 'tokens')}, seeds: [1, 2, 3]`).toThrow('expected 2 with reads: tokens, got 3');
  });

  it('without a network for images; with images such a network suits any teacher', () => {
    refused(usual.replace('metrics', 'images')).toThrow('command.reads: expected evaluation.features beside it');
    expect(() => withCommand(usual.replace('metrics', 'images'), 'small.yaml', 'evaluation.features=x')).not.toThrow();
    refused(usual, 'evaluation.features=x').toThrow('evaluation.features=x: expected none with a gaussian teacher');
  });

  it('as words of a shell', () => {
    refused(`run: "loop {head}", teacher: ${teacher}, reads: metrics`).toThrow(
      /evaluation.command.run: expected a list/,
    );
  });
});
