#!/usr/bin/env node
import { nativeCallsEnded, stopBy } from '../ground/interruption.ts';
import { killPrograms } from '../ground/process/program.ts';
import { outcomeOf } from './failure.ts';
import { processTerminal } from './process-terminal.ts';
import { createProgram } from './program.ts';
import { watchSignals } from './signals.ts';

const interruption = new AbortController();
const terminal = processTerminal(interruption.signal, end);
watchSignals(interruption, ({ message }) => {
  killPrograms();
  terminal.close();
  process.stderr.write(`${message}\n`);
});
stopBy(() => interruption.signal.throwIfAborted());

async function end(error: unknown): Promise<void> {
  terminal.close();
  await nativeCallsEnded();
  const { aborted, reason } = interruption.signal;
  const { message, code } = outcomeOf(aborted ? reason : error);
  process.exitCode = code;
  if (message !== undefined) process.stderr.write(`${message}\n`, () => process.exit());
}

const words = process.argv.slice(2);
createProgram(words, terminal)
  .then((program) => program.parseAsync(words, { from: 'user' }))
  .then(() => terminal.close(), end);
