import { silentProgress } from '../../src/cli/progress.ts';
import type { Terminal } from '../../src/cli/terminal.ts';

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
