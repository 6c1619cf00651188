import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { visibleMessage } from '../ground/file/visible.ts';
import { commands } from './commands.ts';
import { exitCodeHelp } from './failure.ts';
import { usePluginsOf, withPluginOptions } from './plugin-options.ts';
import type { Terminal } from './terminal.ts';

/** The command line. Only the commands that `words` name are loaded; the others are there by name and summary. */
export async function createProgram(words: readonly string[], terminal: Terminal): Promise<Command> {
  await usePluginsOf(words);
  const program = new Command('fewstep')
    .description('Distils the many-step flow heads of autoregressive models into 1-, 2- and 4-step students.')
    .version(packageVersion())
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(visibleMessage(text.replace(/^error: /, 'fewstep: '))) })
    .addHelpText('after', `\nExample:\n  fewstep run recipes/smoke.yaml\n${exitCodeHelp()}`);
  for (const [name, { summary, load }] of Object.entries(commands)) {
    const command = words.includes(name) ? (await load()).command(terminal) : new Command(name);
    program.addCommand(inherit(command.summary(summary), program));
  }
  return program;
}

function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const inner of command.commands) inherit(inner, command);
  return command.options.length > 0 ? withPluginOptions(command) : command;
}

/** The version in package.json, two folders up in the sources as in the build. */
export function packageVersion(): string {
  const { version }: { version: string } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return version;
}
