import { Command } from 'commander';
import { wholeBetween, wholesBetween } from './number-option.ts';
import { labelled } from './phrase.ts';
import { withSet } from './recipe-command.ts';
import { resolveFor } from './run-reference.ts';
import type { CommonOptions, Terminal } from './terminal.ts';

interface SampleOptions extends CommonOptions {
  readonly set: readonly string[];
  readonly images: number;
  readonly prompt: readonly string[];
  readonly seed: number;
  readonly steps?: readonly number[];
  readonly out?: string;
}

/** `fewstep sample`: images of teacher and students. */
export const command = (terminal: Terminal): Command =>
  withSet(
    new Command('sample').argument(
      '<recipe>',
      'a recipe whose students are trained, the folder of its run, or its report',
    ),
  )
    .description('Draws images by the teacher and by each student at each step count, from the same prompts and noise.')
    .option('--images <count>', 'images a head', wholeBetween(1, 10_000), 20)
    .option(
      '--prompt <word>',
      'what to draw, like three; may be repeated; all that the teacher knows unless given',
      (word: string, before: readonly string[]) => [...before, word],
      [],
    )
    .option(
      '--steps <counts>',
      "step counts, the recipe's unless given; one-step specialists keep theirs",
      wholesBetween(1, 64),
    )
    .option('--seed <seed>', 'seed of the noise', wholeBetween(0, 2 ** 32 - 1), 1)
    .option('--out <file>', 'PNG to write; <recipe>-samples.png unless given')
    .option('--json', 'print results as JSON, and no progress')
    .option('--quiet', 'print no progress')
    .addHelpText(
      'after',
      '\nExample:\n  fewstep sample recipes/digits.yaml --prompt three --prompt eight --out samples.png',
    )
    .action(async (path: string, options: SampleOptions) => {
      const { recipe, hash } = await resolveFor('distill', path, options.set);
      const { trainedRun } = await import('./trained-run.ts');
      const { drawHeads } = await import('./sample/draw-heads.ts');
      const { sampleSheet } = await import('./sample/sheet.ts');
      const { writeAtomic } = await import('../ground/file/atomic.ts');
      const { blocks, prompts } = await drawHeads(recipe, () => trainedRun(recipe, hash), {
        ...options,
        prompts: options.prompt,
        progress: await terminal.progress(options),
        signal: terminal.signal,
      });
      const out = options.out ?? `${recipe.name}-samples.png`;
      await writeAtomic(out, await sampleSheet(blocks, prompts));
      const heads = blocks.map(({ label }) => label);
      terminal.print(options.json === true ? JSON.stringify({ out, heads }, null, 2) : labelled({ Samples: out }));
    });
