import { type Command, Option } from 'commander';
import type { ResolvedRecipe } from '../distillation/recipe/resolve.ts';
import { UsageError } from '../ground/errors.ts';
import type { Executor } from '../ground/pool/executor.ts';
import { runsFolder } from './kept-runs/text.ts';
import type { Terminal } from './terminal.ts';

/** The options of commands whose work units others can do. */
export interface QueueOption {
  readonly queue?: string;
  readonly mixed?: boolean;
  readonly store?: string;
}

/** `--store`, of coordinators and workers alike. */
export const storeOption = (): Option =>
  new Option(
    '--store <address>',
    'with --queue: where machines that share no folder exchange files of runs, s3://bucket/prefix or a folder (docs/cluster.md)',
  );

/** Adds `--queue`, `--mixed` and `--store`. */
export const withQueue = (command: Command): Command =>
  command
    .option(
      '--queue <address>',
      'let the workers of a Redis or Valkey server do the work, redis://host:6379 (`fewstep worker`, docs/cluster.md)',
    )
    .option(
      '--mixed',
      'machines may be of other kinds than planned, whose bytes differ in the last bits: workers of --queue, or this one where it goes on with a submitted run',
    )
    .addOption(storeOption());

/** What such a command gives the pipeline. */
export interface Executing {
  readonly executor?: Executor;
  readonly mixed?: boolean;
}

/** Works with the executor that the options name, and leaves it afterwards. Throws EngineError where no server answers. */
export async function withExecutor<Result>(
  { recipe, hash }: ResolvedRecipe<'distill'>,
  { queue: address, mixed = false, store }: QueueOption,
  { note, signal }: Pick<Terminal, 'note' | 'signal'>,
  work: (executing: Executing) => Promise<Result>,
): Promise<Result> {
  if (address === undefined && store !== undefined)
    throw new UsageError('--store: expected --queue <address> beside it');
  if (address === undefined) return work({ mixed });
  const [{ queueExecutor }, { versions }] = await Promise.all([
    import('../tasks/queue/executor.ts'),
    import('../ground/versions.ts'),
  ]);
  const run = `${recipe.name}-${hash}`;
  const { provider } = recipe.engine;
  const executor = await queueExecutor({ address, runs: runsFolder, run, provider, versions: versions(), mixed, note });
  try {
    if (store === undefined) return await work({ executor, mixed });
    return await withStore(store, { run, note, signal }, executor, (mirrored) => work({ executor: mirrored, mixed }));
  } finally {
    await executor.close();
  }
}

/** Works with an executor whose workers share no folder with this process. */
async function withStore<Result>(
  address: string,
  { run, ...terminal }: Pick<Terminal, 'note' | 'signal'> & { readonly run: string },
  executor: Executor,
  work: (mirrored: Executor) => Promise<Result>,
): Promise<Result> {
  const [{ openMirror }, { mirroredExecutor }] = await Promise.all([
    import('../tasks/store/open-mirror.ts'),
    import('../tasks/store/executor.ts'),
  ]);
  const { mirror, close } = await openMirror(address, { runs: runsFolder, ...terminal });
  return work(mirroredExecutor(executor, mirror, { runs: runsFolder, run })).finally(close);
}

/** A command line without the password of an address in it: it goes into reports. */
export const withoutPassword = (line: string): string => line.replace(/(rediss?:\/\/)[^@\s']*@/g, '$1');
