import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { clearScreenDown, cursorTo } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { FileError } from '../ground/errors.ts';
import { runPath } from '../ground/file/run-folder.ts';
import { runsFolder } from './kept-runs/text.ts';
import { amongRuns, resolveFor } from './run-reference.ts';
import { isComplete, type ShownStatus, statusLine, statusText } from './status-text.ts';
import type { CommonOptions, Terminal } from './terminal.ts';

interface StatusOptions extends CommonOptions {
  readonly watch?: boolean;
  readonly queue?: string;
}

const WATCH_MILLISECONDS = 2_000;

/** `fewstep status`: how far a run is, and who is at it. */
export const command = (terminal: Terminal): Command =>
  new Command('status')
    .argument('<run>', 'the name or folder of a run, or the recipe of one')
    .description(
      'Tells of each kind of work units what is done, who is at what, what failed and why, what waits, and how long the rest ' +
        'may take. Reads the folder of the run alone.',
    )
    .option('--watch', 'tell it anew every two seconds until all is done: on a terminal in place, else a line a change')
    .option('--queue <address>', 'tell the workers of this Redis or Valkey server, too')
    .option('--json', 'print the status as JSON')
    .addHelpText('after', '\nExample:\n  fewstep status recipes/smoke.yaml --watch')
    .action(async (word: string, options: StatusOptions) => {
      const run = await plannedRun(word);
      const { statusReader } = await import('../tasks/status.ts');
      const read = statusReader(run);
      const present = await presence(options.queue, terminal);
      try {
        const shown = async (): Promise<ShownStatus> => ({ run, ...(await read()), ...(await present.read()) });
        if (options.watch === true) await watch(shown, options, terminal);
        else tell(await shown(), options, terminal);
      } finally {
        present.close();
      }
    });

/** The folder of a run that has a plan, by its name, its folder or its recipe. Throws FileError where there is none. */
export async function plannedRun(word: string): Promise<string> {
  const folder = [word, join(runsFolder, word)].find((path) => existsSync(join(path, 'plan.json')));
  if (folder !== undefined) return folder;
  const { recipe, hash } = await resolveFor('distill', word, []);
  const run = runPath(runsFolder, { name: recipe.name, hash });
  return amongRuns(recipe.name, run, async () => {
    if (existsSync(join(run, 'plan.json'))) return run;
    throw new FileError(`${join(run, 'plan.json')}: expected the plan of a run, found none; \`fewstep run\` writes it`);
  });
}

function tell(status: ShownStatus, { json = false }: StatusOptions, terminal: Terminal): void {
  terminal.print(json ? JSON.stringify(status, null, 2) : statusText(status));
}

/** Tells a status again and again until all is done, or the user has seen enough. */
async function watch(
  read: () => Promise<ShownStatus>,
  { json = false }: StatusOptions,
  terminal: Terminal,
): Promise<void> {
  const inPlace = !json && process.stdout.isTTY === true;
  let last = '';
  for (;;) {
    const status = await read();
    const line = statusLine(status);
    if (inPlace) {
      cursorTo(process.stdout, 0, 0);
      clearScreenDown(process.stdout);
      terminal.print(statusText(status));
    } else if (withoutTime(line) !== last) terminal.print(json ? JSON.stringify(status) : line);
    last = withoutTime(line);
    if (isComplete(status)) return;
    const stopped = await sleep(WATCH_MILLISECONDS, false, { signal: terminal.signal }).catch(() => true);
    if (stopped) return terminal.signal.throwIfAborted();
  }
}

const withoutTime = (line: string): string => line.replace(/; [\d:]+ left$/, '');

/** What is asked of a queue, where one is named. */
async function presence(address: string | undefined, { note }: Terminal) {
  if (address === undefined) return { read: async () => ({}), close: () => undefined };
  const [{ connectQueue }, { presentOnes }] = await Promise.all([
    import('../tasks/queue/connection.ts'),
    import('../tasks/queue/presence.ts'),
  ]);
  const redis = await connectQueue(address, note);
  return {
    read: async () => ({ queue: Object.fromEntries(await presentOnes(redis, 'worker')) }),
    close: () => redis.disconnect(),
  };
}
