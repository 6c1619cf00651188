import { Argument, type Command } from 'commander';
import { UsageError } from '../ground/errors.ts';
import { type Condition, readCondition } from '../report/condition.ts';
import { type AllowCommandOption, withAllowCommand } from './allow-command.ts';
import { wholeBetween, wholesBetween } from './number-option.ts';
import { labelled } from './phrase.ts';
import { type QueueOption, withQueue } from './queue-option.ts';
import { type RecipeCommandOptions, recipeArgument, recipeCommand } from './recipe-command.ts';
import { runStage, type StageText, stageFolder } from './stage-command.ts';
import type { Terminal } from './terminal.ts';

interface EvaluateOptions extends RecipeCommandOptions, AllowCommandOption, QueueOption {
  readonly reference?: string;
  readonly teacher?: string;
  readonly steps?: readonly number[];
  readonly seed?: number;
  readonly failIf?: readonly Condition[];
}

const help = `
A reference is a safetensors file of a flow's ends: h [E, H] and w [E], the hidden states and guidance scales of E contexts;
x0 [E, S, D], noise, and x1, where it ends; x1_b, ends of other noise; h_uncond [E, H], zeros unless given. Students start
from x0. Their energy distance is to x1_b, the mean over contexts of 2 E|a - b| - E|a - a'| - E|b - b'|, unbiased: 0 is
equal. The floor is that of x1. Endpoint errors are to x1, dispersion is over that of x1_b.

Examples:
  fewstep evaluate recipes/smoke.yaml
  fewstep evaluate recipes/digits.yaml --fail-if 'trajectory@2: fd_ratio > 1.2' --fail-if 'speedup < 5'
  fewstep evaluate runs/mixture-0123456789ab/training/trajectory-seed1/student.safetensors --reference reference.safetensors
  fewstep evaluate mixture.yaml --reference reference.safetensors --steps 1,2,4,8 --teacher teacher.safetensors --json`;

/** `fewstep evaluate`: quality and speed of teacher, students and solvers; or students against a reference. */
export const command = (terminal: Terminal): Command =>
  withQueue(
    withAllowCommand(
      recipeCommand(
        'evaluate',
        new Argument('<recipe...>', `${recipeArgument}; with --reference also students' files`),
      ),
    ),
  )
    .description(
      `Measures quality and speed of teacher, students and the teacher's solvers. ${stageFolder} With --reference it ` +
        'measures trained students alone, by where their paths end, against ends that are known.',
    )
    .option('--reference <file>', 'safetensors file of contexts, noise and ends to measure trained students against')
    .option('--steps <counts>', 'with --reference: step counts (default: 1,2,4)', wholesBetween(1, 64))
    .option('--teacher <file>', 'with --reference: the exact mixture that it is of, to measure its solvers, too')
    .option(
      '--seed <seed>',
      'with --reference: of the noise added between steps (default: 1)',
      wholeBetween(0, 2 ** 32 - 1),
    )
    .option(
      '--fail-if <condition>',
      'ends with exit code 10 where it holds, such as "fd_ratio > 1.2": a column of results.csv (or .low, .high of its ' +
        'interval) of the recommended student, or "student@steps: …"; may be given several times',
      (text: string, before: readonly Condition[] = []) => [...before, readCondition(text)],
    )
    .addHelpText('after', help)
    .action(async (words: readonly string[], { reference, ...options }: EvaluateOptions) => {
      if (reference !== undefined) return evaluateAgainst(terminal, words, { ...options, reference });
      const result = await runStage(terminal, 'evaluate', onlyRecipe(words, options), options, evaluationText);
      if (options.failIf === undefined || result === undefined) return;
      const { failIf, judgedStudents } = await import('./fail-if.ts');
      failIf(options.failIf, judgedStudents(result.evaluation));
    });

/** The recipe, where there is no reference. Throws UsageError on more words, or on options that need one. */
function onlyRecipe([recipe = '', ...others]: readonly string[], options: EvaluateOptions): string {
  const [needing] = (['steps', 'teacher', 'seed'] as const).filter((name) => options[name] !== undefined);
  if (needing !== undefined) throw new UsageError(`--${needing}: expected --reference <file> beside it`);
  if (others.length > 0)
    throw new UsageError(`expected one recipe, got ${others.length + 1}: only with --reference there may be several`);
  return recipe;
}

const evaluationText: StageText<'evaluate'>['text'] = async ({ run, evaluation }) => {
  const { summarize } = await import('../report/summary.ts');
  const { verdictText } = await import('../report/verdict.ts');
  return `${verdictText(summarize(evaluation)).trimEnd()}\n\n${labelled({ Evaluation: `${run}/evaluation.json` })}`;
};

async function evaluateAgainst(
  terminal: Terminal,
  words: readonly string[],
  options: EvaluateOptions & { readonly reference: string },
): Promise<void> {
  if (options.dryRun === true) throw new UsageError('--dry-run: expected no --reference: nothing is trained for it');
  const { availableParallelism } = await import('node:os');
  const { cpuEngine } = await import('../engine/graph/program.ts');
  const { evaluateReference } = await import('../evaluation/reference/evaluate-reference.ts');
  const { referenceText } = await import('./reference/table.ts');
  const { studentFiles } = await import('./reference/student-files.ts');
  const { reference, teacher, steps = [1, 2, 4], seed = 1 } = options;
  const result = await evaluateReference({
    ...{ reference, steps, seed },
    ...(teacher !== undefined && { teacher }),
    students: await studentFiles(words, options.set),
    engine: cpuEngine(availableParallelism()),
    progress: await terminal.progress(options),
    signal: terminal.signal,
  });
  terminal.print(options.json === true ? JSON.stringify(result, null, 2) : referenceText(result));
  if (options.failIf === undefined) return;
  const { failIf, judgedHeads } = await import('./fail-if.ts');
  failIf(options.failIf, judgedHeads(result));
}
