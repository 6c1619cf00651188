import type { Command } from 'commander';
import type { stages } from '../distill.ts';
import type { AllowCommandOption } from './allow-command.ts';
import { printPlan } from './cost/plan.ts';
import { type QueueOption, withExecutor, withQueue } from './queue-option.ts';
import { type RecipeCommandOptions, recipeCommand } from './recipe-command.ts';
import { resolveFor } from './run-reference.ts';
import type { Terminal } from './terminal.ts';

type Reached<Stage extends keyof typeof stages> = Awaited<ReturnType<(typeof stages)[Stage]>>;

/** How a stage's command explains itself and tells its result. */
export interface StageText<Stage extends keyof typeof stages> {
  readonly description: string;
  /** The result as lines for a terminal. */
  readonly text: (result: Reached<Stage>) => string | Promise<string>;
}

/** A command that ends with a stage of the pipeline; the stages before are resumed where they are not complete. */
export const stageCommand = <Stage extends keyof typeof stages>(
  terminal: Terminal,
  stage: Stage,
  { description, text }: StageText<Stage>,
): Command =>
  withQueue(recipeCommand(stage))
    .description(`${description} ${stageFolder}`)
    .addHelpText('after', `\nExample:\n  fewstep ${stage} recipes/smoke.yaml`)
    .action(async (path: string, options: RecipeCommandOptions & QueueOption) => {
      await runStage(terminal, stage, path, options, text);
    });

/** What the description of such a command says of where it works. */
export const stageFolder = 'Works in the folder of `fewstep run` and keeps what is there.';

/** Goes on to a stage of the recipe that a word names, or plans it, and prints the result; gives what was reached. */
export async function runStage<Stage extends keyof typeof stages>(
  terminal: Terminal,
  stage: Stage,
  word: string,
  options: RecipeCommandOptions & AllowCommandOption & QueueOption,
  text: StageText<Stage>['text'],
): Promise<Reached<Stage> | undefined> {
  const resolved = await resolveFor('distill', word, options.set);
  if (options.dryRun === true) {
    await printPlan(resolved, options, terminal);
    return undefined;
  }
  const pipeline = await import('../distill.ts');
  const { command, note, signal } = terminal;
  const progress = await terminal.progress(options);
  const allowCommand = options.allowCommand === true;
  const result = (await withExecutor(resolved, options, terminal, (executing) =>
    pipeline.stages[stage](resolved, { progress, command, note, signal, allowCommand, ...executing }),
  )) as Reached<Stage>;
  terminal.print(options.json === true ? JSON.stringify(result, null, 2) : await text(result));
  return result;
}
