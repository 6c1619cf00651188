import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { counted } from '../ground/counted.ts';
import type { EndedUnit } from '../tasks/queue/worker.ts';
import { runsFolder } from './kept-runs/text.ts';
import { numberBetween, wholeBetween } from './number-option.ts';
import { storeOption } from './queue-option.ts';
import type { CommonOptions, Terminal } from './terminal.ts';

interface WorkerCommandOptions extends CommonOptions {
  readonly queue: string;
  readonly concurrency: number;
  readonly provider: string;
  readonly heartbeat: number;
  readonly store?: string;
  readonly checkpoints: number;
}

const help = `
It works in the folder ${runsFolder}/ of the working folder, which coordinator and workers share (NFS or the like), with the teachers that
recipes name at the same place beside it. Machines that share no folder need --store, and the teachers all the same. It does units of runs that are there, and hears nothing else of the queue.
FEWSTEP_QUEUE_USER and FEWSTEP_QUEUE_PASSWORD hold what stands in no list of processes. SIGTERM gives back what is under way.

Example:
  fewstep worker --queue redis://localhost:6379 --concurrency 4`;

/** `fewstep worker`: does the work units of runs that others coordinate. */
export const command = (terminal: Terminal): Command =>
  new Command('worker')
    .description('Does the work units of runs that `fewstep run --queue …` coordinates, on this or another machine.')
    .requiredOption('--queue <address>', 'the Redis or Valkey server, redis://host:6379 or rediss:// with TLS')
    .option('--concurrency <units>', 'units at a time', wholeBetween(1, 1024), availableParallelism())
    .option('--provider <provider>', 'take runs of this execution provider: cpu, cuda …', 'cpu')
    .option(
      '--heartbeat <seconds>',
      'sign of life of a unit; one that is silent for three of them goes to another worker',
      numberBetween(0.2, 600),
      10,
    )
    .addOption(storeOption())
    .option(
      '--checkpoints <seconds>',
      'with --store: time between two checkpoints of a training that are sent',
      numberBetween(0.2, 86_400),
      120,
    )
    .option('--json', 'a line of JSON for each unit: run, kind, id, outcome, seconds, error')
    .option('--quiet', 'tell no units')
    .addHelpText('after', help)
    .action(async ({ queue, concurrency, provider, heartbeat, ...options }: WorkerCommandOptions) => {
      const { json = false, quiet = false, store, checkpoints } = options;
      const { workFromQueue } = await import('../tasks/queue/worker.ts');
      const { oneThreadOnly } = await import('../engine/engine-schema.ts');
      const slots = oneThreadOnly(provider) ? 1 : Math.min(concurrency, availableParallelism());
      terminal.note(`working with ${counted(slots, 'units')} at a time; an interruption ends it`);
      const { signal, note } = terminal;
      const onUnit = (unit: EndedUnit): void => {
        if (json) terminal.print(JSON.stringify(unit));
        else if (!quiet) note(unitText(unit));
      };
      const work = { address: queue, runs: runsFolder, slots, provider, heartbeat, note, onUnit, signal };
      if (store === undefined) return workFromQueue(work);
      const [{ openMirror }, { unitMirror }] = await Promise.all([
        import('../tasks/store/open-mirror.ts'),
        import('../tasks/store/unit-mirror.ts'),
      ]);
      const { mirror, close } = await openMirror(store, { runs: runsFolder, note, signal: later(signal) });
      await workFromQueue({
        ...work,
        mirror: unitMirror(mirror, { note, checkpointSeconds: checkpoints }),
      }).finally(close);
    });

const unitText = ({ run, kind, id, outcome, seconds, error }: EndedUnit): string => {
  const how = { made: `${seconds.toFixed(1)} s`, kept: 'is there', failed: error ?? 'failed' }[outcome];
  return `${run} ${kind}/${id}: ${how}`;
};

/** What is under way at an interruption is sent for so long, in milliseconds: less than a process has to end. */
const GRACE = 10_000;

/** A signal some time after another. */
function later(signal: AbortSignal): AbortSignal {
  const controller = new AbortController();
  signal.addEventListener('abort', () => setTimeout(() => controller.abort(signal.reason), GRACE).unref());
  return controller.signal;
}
