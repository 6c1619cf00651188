import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { cpuEngine } from '../engine/graph/program.ts';
import { textTable } from '../report/terminal-table.ts';
import { numberBetween, wholeBetween } from './number-option.ts';
import { shipped } from './shipped.ts';
import { factLines } from './teacher-import.ts';
import type { CommonOptions, Terminal } from './terminal.ts';

const columns = ['guidance', 'steps', 'NFE', 'FID-proxy', 'accuracy'].map((title) => ({
  title,
  align: 'right' as const,
}));

interface InspectOptions extends CommonOptions {
  readonly features?: string;
  readonly samples: number;
  readonly guidance: number;
  readonly seed: number;
}

/** `fewstep teacher inspect`: a teacher's quality against its number of steps. */
export const inspectCommand = (terminal: Terminal): Command =>
  new Command('inspect')
    .summary('measure a trained teacher, describe an imported one')
    .description(
      'Measures an image teacher at 1 to 64 steps and several guidance scales, and writes quality.json, samples.png ' +
        'and the card into its folder. Of an imported head it prints family, sizes, cost and conventions.',
    )
    .argument('<folder>', 'folder of the teacher')
    .option('--features <folder>', 'folder of the feature network (default: the shipped one)')
    .option('--samples <count>', 'images a setting', wholeBetween(2, 1_000_000), 1000)
    .option('--guidance <scale>', 'guidance scale of the step counts', numberBetween(0, 100), 1.5)
    .option('--seed <seed>', 'seed of prompts and noise', wholeBetween(0, 2 ** 32 - 1), 1)
    .option('--json', 'print results as JSON, and no progress')
    .option('--quiet', 'print no progress')
    .addHelpText('after', '\nExample:\n  fewstep teacher inspect teachers/digits --samples 1000')
    .action(async (folder: string, options: InspectOptions) => {
      if (await isImported(folder)) return describe(folder, options, terminal);
      const { inspectTeacher } = await import('../evaluation/stage/teacher-inspection.ts');
      const progress = await terminal.progress(options);
      let stage: ReturnType<typeof progress.stage> | undefined;
      const quality = await inspectTeacher(folder, {
        ...options,
        features: options.features ?? shipped('teachers/digits-features'),
        engine: cpuEngine(availableParallelism()),
        progress: (done, total) => {
          stage ??= progress.stage('inspection', total, 'settings');
          stage.advance(done);
        },
      });
      stage?.done();
      const rows = quality.rows.map(({ guidance, steps, nfe, fd, accuracy }) =>
        [guidance, steps, nfe, fd.value.toFixed(3), `${(100 * accuracy.value).toFixed(1)} %`].map(String),
      );
      const floor = `Real images against real images: ${quality.floor.value.toFixed(3)}`;
      terminal.print(
        options.json === true ? JSON.stringify(quality, null, 2) : `${textTable(columns, rows)}\n${floor}`,
      );
    });

/** Whether a folder's card is that of an imported head. */
const isImported = async (folder: string): Promise<boolean> =>
  (await readFile(join(folder, 'card.json'), 'utf8').catch(() => '')).match(/"fewstep-(imported|onnx)-/) !== null;

/** Prints what is known of an imported head, once its weights have been checked. */
async function describe(folder: string, { json }: InspectOptions, terminal: Terminal): Promise<void> {
  const { isGraph } = await import('../teachers/imported/head.ts');
  if (await isGraph(folder)) {
    const { readGraph } = await import('../teachers/imported/graph/read.ts');
    const { graphFacts } = await import('../teachers/imported/graph/card-text.ts');
    const { card: found } = await readGraph(folder);
    terminal.print(json === true ? JSON.stringify(found, null, 2) : factLines(graphFacts(found)));
    return;
  }
  const { readImported } = await import('../teachers/imported/weights.ts');
  const { importedFacts } = await import('../teachers/imported/card-text.ts');
  const { evaluationFlops } = await import('../teachers/imported/flops.ts');
  const { card } = await readImported(folder);
  terminal.print(
    json === true ? JSON.stringify({ ...card, flops: evaluationFlops(card) }, null, 2) : factLines(importedFacts(card)),
  );
}
