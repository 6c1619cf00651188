import { join } from 'node:path';
import { Command, Option } from 'commander';
import { cpuEngine } from '../engine/graph/program.ts';
import { type FamilyName, trainedFamilyNames } from '../heads/family/table.ts';
import { wholeBetween } from './number-option.ts';
import type { CommonOptions, Terminal } from './terminal.ts';

interface SynthesizeOptions extends CommonOptions {
  readonly family: FamilyName;
  readonly out?: string;
  readonly rows: number;
  readonly steps: number;
  readonly seed: number;
}

/** `fewstep data synthesize`: a small head of a family and its capture, to try a distillation with. */
export const synthesizeCommand = (terminal: Terminal): Command =>
  new Command('synthesize')
    .summary('train a small head on a mixture and write its capture')
    .description(
      "Trains a small head of a family by the family's official loss on a conditional mixture of Gaussians, and writes " +
        'it as an imported teacher with the hidden states that a model around it would have given. The same command ' +
        'again resumes.',
    )
    .addOption(
      new Option('--family <family>', 'system whose head to make').choices(trainedFamilyNames()).makeOptionMandatory(),
    )
    .option('--out <folder>', 'folder to write teacher/ and capture/ into (default: synthetic/<family>)')
    .option('--rows <count>', 'rows of the capture', wholeBetween(32, 10_000_000), 65_536)
    .option('--steps <count>', 'training steps', wholeBetween(1, 1_000_000), 2000)
    .option('--seed <seed>', 'seed of everything', wholeBetween(0, 2 ** 32 - 1), 1)
    .option('--json', 'print results as JSON, and no progress')
    .option('--quiet', 'print no progress')
    .addHelpText('after', '\nExample:\n  fewstep data synthesize --family nextstep')
    .action(async (options: SynthesizeOptions) => {
      const { synthesize } = await import('../teachers/synthesis/synthesize.ts');
      const { family, out = join('synthetic', family), rows, steps, seed } = options;
      const { teacher, capture } = await synthesize({
        family,
        out,
        rows,
        steps,
        seed,
        engine: cpuEngine(),
        progress: await terminal.progress(options),
        signal: terminal.signal,
      });
      terminal.print(
        options.json === true
          ? JSON.stringify({ teacher, capture })
          : `Written to ${teacher} and ${capture}; check with: fewstep data check ${capture}`,
      );
    });
