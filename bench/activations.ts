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
const batches = [256, 512, 2048];
/** Samples whose activations are next to nothing. */
const FEW = 8;

/**
 * What a training step's activations take: how much more memory a process of its own needs at its largest than with a
 * batch of 8, also in units of the head's parameters in float32, of which training holds five at any batch.
 */
export async function activationsTable(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fewstep-activations-'));
  const script = fileURLToPath(new URL('step-memory.ts', import.meta.url));
  const rows = [['activations of a training step', 'batch', 'K', 'MB', '× parameters', 'of 5 and these']];
  try {
    for (const [name, config] of Object.entries(heads)) {
      const bytes = 4 * parameterCount(config);
      const costOf = (samples: number, draws: number) => {
        const given = [JSON.stringify(config), String(samples), String(draws)];
        return measuredCommand(folder, ['--import', import.meta.resolve('tsx'), script, ...given]);
      };
      const base = (await costOf(FEW, 1)).peak;
      for (const draws of [1, 4]) {
        for (const batch of batches) {
          const { peak } = await costOf(batch, draws);
          const times = (peak - base) / bytes;
          const shares = [((peak - base) / 1e6).toFixed(0), times.toFixed(2), (times / (5 + times)).toFixed(2)];
          rows.push([name, String(batch), String(draws), ...shares]);
          console.error(rows.at(-1)?.join('  '));
        }
      }
    }
    return table(rows);
  } finally {
    await rm(folder, { recursive: true });
  }
}
