import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measuredCommand } from './measured-command.ts';
import { table } from './table.ts';
import { head, parameterCount } from './training-step.ts';

const heads = {
  '64/1024/1024×6': head(64, 1024, 1024, 6),
  'NextStep-1 64/5120/1536×12': head(64, 5120, 1536, 12),
};
const batches = [512, 2048];
/** Samples whose activations are next to nothing. */
const FEW = 8;

/**
 * What a training step's activations take, kept and computed again: how much more memory a process of its own needs at its
 * largest than with a batch of 8, also in units of the head's parameters in float32, of which training holds five at any
 * batch; and the seconds of a step that computes them again over those of one that keeps them.
 */
export async function activationsTable(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fewstep-activations-'));
  const script = fileURLToPath(new URL('step-memory.ts', import.meta.url));
  const rows = [
    ['activations of a training step', 'batch', 'K', 'MB', '× parameters', 'again: MB', '× parameters', 'seconds'],
  ];
  try {
    for (const [name, config] of Object.entries(heads)) {
      const bytes = 4 * parameterCount(config);
      const costOf = async (samples: number, draws: number, again: boolean) => {
        const given = [JSON.stringify(config), String(samples), String(draws), String(again)];
        const { peak, output } = await measuredCommand(folder, [
          '--import',
          import.meta.resolve('tsx'),
          script,
          ...given,
        ]);
        return { peak, seconds: Number(output) };
      };
      const base = (await costOf(FEW, 1, false)).peak;
      const shares = (peak: number): string[] => [((peak - base) / 1e6).toFixed(0), ((peak - base) / bytes).toFixed(2)];
      for (const draws of [1, 4]) {
        for (const batch of batches) {
          const [kept, again] = [await costOf(batch, draws, false), await costOf(batch, draws, true)];
          const ratio = `× ${(again.seconds / kept.seconds).toFixed(2)}`;
          rows.push([name, String(batch), String(draws), ...shares(kept.peak), ...shares(again.peak), ratio]);
          console.error(rows.at(-1)?.join('  '));
        }
      }
    }
    return table(rows);
  } finally {
    await rm(folder, { recursive: true });
  }
}
