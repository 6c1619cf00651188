#!/usr/bin/env node
import { outcomeOf } from './failure.ts';
import { processTerminal } from './process-terminal.ts';
import { createProgram } from './program.ts';

/** Time for a stage to stop by itself after an interruption; every write is atomic, so nothing is lost without it. */
const graceMilliseconds = 5000;

const interruption = new AbortController();
const terminal = processTerminal(interruption.signal, end);

function end(error: unknown): void {
  terminal.close();
  const { message, code } = outcomeOf(error, interruption.signal.aborted);
  process.exitCode = code;
  if (message !== undefined) process.stderr.write(`${message}\n`, () => process.exit());
}

process.on('SIGINT', () => {
  if (interruption.signal.aborted) process.exit(130);
  interruption.abort();
  setTimeout(() => end(interruption.signal.reason), graceMilliseconds).unref();
});

const words = process.argv.slice(2);
createProgram(words, terminal)
  .then((program) => program.parseAsync(words, { from: 'user' }))
  .then(() => terminal.close(), end);
