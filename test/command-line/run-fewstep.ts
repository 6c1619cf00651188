import { createProgram } from '../../src/command-line/program.ts';
import { testTerminal } from './terminal.ts';

/** Runs a command line in this process; gives what it prints. */
export async function runFewstep(...words: string[]): Promise<string> {
  const terminal = testTerminal();
  const program = await createProgram(words, terminal);
  program.configureOutput({ writeErr: () => {} });
  await program.parseAsync(words, { from: 'user' });
  return terminal.printed.join('\n');
}
