import { basename, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { counted } from '../ground/counted.ts';
import { FileError, UsageError } from '../ground/errors.ts';
import { type TaskKindName, taskKinds } from '../ground/pool/executor.ts';
import type { Shard } from '../tasks/select.ts';
import { runsFolder } from './kept-runs/text.ts';
import { wholeBetween } from './number-option.ts';
import type { CommonOptions, Terminal } from './terminal.ts';

interface TaskCommandOptions extends CommonOptions {
  readonly kind: TaskKindName;
  readonly index?: number;
  readonly shard?: Shard;
  readonly wave?: number;
  readonly prepare?: boolean;
  readonly concurrency: number;
}

const help = `
What is there already stays, so that the same words again do what is missing. A unit is done on machines like the one of the
run's plan alone (\`fewstep submit --mixed\`: on any). \`fewstep trajectories <run>\` completes the trajectories when their
units are done, \`fewstep run <run>\` the run. docs/cluster/slurm.md

Examples:
  fewstep task runs/smoke-0123456789ab --kind trajectories --index 3
  fewstep task runs/smoke-0123456789ab --kind samples --shard 0/8 --concurrency 4`;

const most = 10_000_000;

/** Reads `2/8`, the third of eight parts. */
function shard(text: string): Shard {
  const [, part, of] = /^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? [];
  const found = { part: Number(part), of: Number(of) };
  if (found.part < found.of) return found; // a NaN is not
  throw new InvalidArgumentError('Expected a part of many from 0 on, like 0/8 to 7/8.');
}

/** `fewstep task`: units of a run, chosen by who starts this. */
export const command = (terminal: Terminal): Command =>
  new Command('task')
    .argument('<run>', `the folder of a run in ${runsFolder}/ (\`fewstep submit\` opens one)`)
    .description("Does units of a run's plan on this machine: one, every nth, or all of a kind.")
    .addOption(new Option('--kind <kind>', 'which units').choices(taskKinds).makeOptionMandatory())
    .option('--index <place>', 'the one of this place among them, from 0', wholeBetween(0, most))
    .option('--shard <part/parts>', 'every one whose place is `part` modulo `parts`', shard)
    .option(
      '--wave <number>',
      'of students only those that start from one of the wave before; 0 from none',
      wholeBetween(0, most),
    )
    .option('--prepare', 'make what all of them read, once before any, in their place')
    .option('--concurrency <units>', 'units at a time', wholeBetween(1, 1024), 1)
    .option('--json', 'print results as JSON, and no progress')
    .option('--quiet', 'print no progress')
    .addHelpText('after', help)
    .action(async (word: string, options: TaskCommandOptions) => {
      const run = nameOf(word);
      const {
        index,
        shard: part,
        prepare = false,
        concurrency: slots,
        json = false,
        quiet = false,
        ...which
      } = options;
      if (index !== undefined && part !== undefined) throw new UsageError('--index: expected no --shard beside it');
      if (prepare && (index ?? part ?? which.wave) !== undefined)
        throw new UsageError('--prepare: expected --kind alone beside it');
      const { doUnits, prepareUnits } = await import('../tasks/do-units.ts');
      const note = json || quiet ? () => undefined : terminal.note;
      const selection = { ...which, ...(index !== undefined && { index }), ...(part && { shard: part }) };
      const where = { runs: runsFolder, run, slots, note, signal: terminal.signal };
      if (prepare) {
        await prepareUnits(selection, where);
        return terminal.print(json ? JSON.stringify({ prepared: which.kind }) : `${which.kind} can be done`);
      }
      const { made, kept } = await doUnits(selection, where);
      terminal.print(
        json
          ? JSON.stringify({ made, kept }, null, 2)
          : `${counted(made.length, 'units')} done, ${kept.length} there already`,
      );
    });

/** The name of the run whose folder a word is. Throws FileError where it is elsewhere. */
function nameOf(word: string): string {
  const name = basename(word);
  if (resolve(word) === resolve(runsFolder, name)) return name;
  throw new FileError(`${word}: expected the folder of a run in ${runsFolder}/`);
}
