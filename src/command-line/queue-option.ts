import type { Command } from 'commander';
import type { ResolvedRecipe } from '../distillation/recipe/resolve.ts';
import type { Executor } from '../ground/pool/executor.ts';
import { runsFolder } from './kept-runs/text.ts';
import type { Terminal } from './terminal.ts';

/** The options of commands whose work units others can do. */
export interface QueueOption {
  readonly queue?: string;
  readonly mixed?: boolean;
}

/** Adds `--queue` and `--mixed`. */
export const withQueue = (command: Command): Command =>
  command
    .option(
      '--queue <address>',
      'let the workers of a Redis or Valkey server do the work, redis://host:6379 (`fewstep worker`, docs/cluster.md)',
    )
    .option(
      '--mixed',
      'machines may be of other kinds than planned, whose bytes differ in the last bits: workers of --queue, or this one where it goes on with a submitted run',
    );

/** What such a command gives the pipeline. */
export interface Executing {
  readonly executor?: Executor;
  readonly mixed?: boolean;
}

/** Works with the executor that the options name, and leaves it afterwards. Throws EngineError where no server answers. */
export async function withExecutor<Result>(
  { recipe, hash }: ResolvedRecipe<'distill'>,
  { queue: address, mixed = false }: QueueOption,
  { note }: Pick<Terminal, 'note'>,
  work: (executing: Executing) => Promise<Result>,
): Promise<Result> {
  if (address === undefined) return work({ mixed });
  const [{ queueExecutor }, { versions }] = await Promise.all([
    import('../tasks/queue/executor.ts'),
    import('../ground/versions.ts'),
  ]);
  const run = `${recipe.name}-${hash}`;
  const { provider } = recipe.engine;
  const executor = await queueExecutor({ address, runs: runsFolder, run, provider, versions: versions(), mixed, note });
  return work({ executor, mixed }).finally(() => executor.close());
}

/** A command line without the password of an address in it: it goes into reports. */
export const withoutPassword = (line: string): string => line.replace(/(rediss?:\/\/)[^@\s']*@/g, '$1');
