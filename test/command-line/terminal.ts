import { silentProgress } from '../../src/command-line/progress.ts';
import type { Terminal } from '../../src/command-line/terminal.ts';

/** A terminal that keeps what is printed. */
export function testTerminal(): Terminal & { readonly printed: string[] } {
  const printed: string[] = [];
  return {
    printed,
    command: 'fewstep test',
    print: (text) => printed.push(text),
    note: (text) => printed.push(text),
    progress: async () => silentProgress,
    signal: new AbortController().signal,
  };
}
