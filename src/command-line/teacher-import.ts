import { join } from 'node:path';
import { Command, Option } from 'commander';
import { UsageError } from '../ground/errors.ts';
import { type FamilyName, familyNames } from '../heads/family/table.ts';
import { numberBetween, wholeBetween } from './number-option.ts';
import type { CommonOptions, Terminal } from './terminal.ts';
import { type ToldOptions, toldNames, toldOf, withToldOptions } from './told-options.ts';

interface ImportCommandOptions extends CommonOptions, ToldOptions {
  readonly family: FamilyName | 'onnx';
  readonly name?: string;
  readonly weights?: string;
  readonly out?: string;
  readonly bf16Times?: boolean;
  readonly useNorm?: boolean;
  readonly latentScale?: number;
  readonly startIndex?: number;
}

/** `fewstep teacher import`: a head out of the weights of another system. */
export const importCommand = (terminal: Terminal): Command =>
  withToldOptions(new Command('import'))
    .summary('import the flow head of another system')
    .description(
      'Takes the flow head out of a checkpoint (safetensors, sharded safetensors, PyTorch) and writes its tensors, as ' +
        'they are, with a card of its sizes and conventions; or a head of any other system as ONNX (--family onnx), ' +
        'with what its file cannot tell. Nothing that a file holds is executed.',
    )
    .argument('<checkpoint>', 'file, list of shards, or folder of one')
    .addOption(
      new Option('--family <family>', 'system that it is of').choices([...familyNames(), 'onnx']).makeOptionMandatory(),
    )
    .option('--name <name>', "name of the teacher (default: the family's)")
    .option('--weights <key>', "dictionary of tensors in a PyTorch file (default: the family's, model_ema for mar)")
    .option('--out <folder>', 'folder to write (default: teachers/<name>)')
    .option('--bf16-times', 'times were rounded to bfloat16 before they were embedded')
    .option('--use-norm', 'the original normalises each sampled token')
    .option('--latent-scale <factor>', 'factor between latents and tokens', numberBetween(1e-6, 1e6))
    .option('--start-index <index>', 'noisiest index that velocities are taken at (DDPM heads)', wholeBetween(0, 999))
    .option('--json', 'print the card as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  fewstep teacher import ~/models/NextStep-1-Large --family nextstep --name nextstep-1\n' +
        '  fewstep teacher import head.onnx --family onnx --name mine --role condition=hidden --times 1,0 --predicts negative-velocity',
    )
    .action(async (checkpoint: string, options: ImportCommandOptions, command: Command) => {
      refuseUnheard(command, options);
      if (options.family === 'onnx') return importOnnx(terminal, checkpoint, options);
      const { importHead } = await import('../teachers/imported/import-head.ts');
      const { family, name = family, out = join('teachers', name), weights, bf16Times, useNorm } = options;
      const { latentScale, startIndex } = options;
      const card = await importHead(checkpoint, {
        family,
        name,
        output: out,
        ...(weights !== undefined && { weights }),
        ...(bf16Times && { bf16Time: true }),
        ...(useNorm && { useNorm }),
        ...(latentScale !== undefined && { latentScale }),
        ...(startIndex !== undefined && { startIndex }),
      });
      const { importedFacts } = await import('../teachers/imported/card-text.ts');
      terminal.print(
        options.json === true ? JSON.stringify(card, null, 2) : `${factLines(importedFacts(card))}\nWritten to ${out}`,
      );
    });

/** Flags that heads of families alone hear. */
const familyFlags = ['weights', 'bf16Times', 'useNorm', 'latentScale'] as const;

/** Throws UsageError for a flag that this kind of head does not hear: it would be ignored. */
function refuseUnheard(command: Command, options: ImportCommandOptions): void {
  const [unheard, kind] = options.family === 'onnx' ? [familyFlags, 'heads of families'] : [toldNames, 'ONNX heads'];
  const given = unheard.find((name) => options[name] !== undefined);
  const flag = command.options.find((option) => option.attributeName() === given);
  if (flag !== undefined)
    throw new UsageError(`${flag.long}: expected for ${kind} alone, got --family ${options.family}`);
}

/** A head of any system, by its ONNX file. */
async function importOnnx(terminal: Terminal, checkpoint: string, options: ImportCommandOptions): Promise<void> {
  const { importGraph } = await import('../teachers/imported/graph/import-graph.ts');
  const { graphFacts } = await import('../teachers/imported/graph/card-text.ts');
  const { name = 'onnx', out = join('teachers', name) } = options;
  const card = await importGraph(checkpoint, { name, output: out, told: await toldOf(checkpoint, options) });
  terminal.print(
    options.json === true ? JSON.stringify(card, null, 2) : `${factLines(graphFacts(card))}\nWritten to ${out}`,
  );
}

/** Names and texts in two columns. */
export function factLines(facts: readonly (readonly [name: string, text: string])[]): string {
  const width = Math.max(...facts.map(([name]) => name.length));
  return facts.map(([name, text]) => `${name.padEnd(width)}  ${text}`).join('\n');
}
