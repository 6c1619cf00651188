import { fileFailure, systemCode } from '../ground/file/failure.ts';
import { visibleMessage, visibleText } from '../ground/file/visible.ts';
import { shellWords } from '../ground/process/shell-words.ts';
import { type ProgressDisplay, silentProgress } from './progress.ts';
import { withoutPassword } from './queue-option.ts';
import type { Terminal } from './terminal.ts';

/** The terminal of this process, which must be closed before errors are printed. */
export interface ProcessTerminal extends Terminal {
  close(): void;
}

/**
 * The terminal of this process. A reader that leaves early (`fewstep … | head`) ends it without a complaint; another
 * fault of the standard output (a full disk) is handed to `fail` as a FileError.
 */
export function processTerminal(signal: AbortSignal, fail: (error: unknown) => void): ProcessTerminal {
  const open: ProgressDisplay[] = [];
  process.stdout.on('error', (error) => {
    if (systemCode(error) === 'EPIPE') process.exit(0);
    fail(fileFailure('standard output', 'written', error));
  });
  process.stderr.on('error', () => {});
  return {
    command: withoutPassword(shellWords(['fewstep', ...process.argv.slice(2)])),
    signal,
    print: (text) => process.stdout.write(`${visibleText(text)}\n`),
    note: (text) => process.stderr.write(`fewstep: ${visibleMessage(text)}\n`),
    async progress({ json = false, quiet = false }) {
      const display = json || quiet ? silentProgress : await liveProgress();
      open.push(display);
      return display;
    },
    close() {
      for (const display of open.splice(0)) display.close();
    },
  };
}

async function liveProgress(): Promise<ProgressDisplay> {
  if (process.stderr.isTTY) return (await import('./progress-bars.ts')).barProgress(process.stderr);
  return (await import('./progress-lines.ts')).lineProgress((text) => process.stderr.write(text));
}
