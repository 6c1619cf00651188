import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors, writeSafetensors } from '../../src/ground/file/safetensors.ts';
import type { HostTensor } from '../../src/ground/host-tensor.ts';
import { rowsAt } from '../../src/teachers/solve/chunk.ts';

/** Tokens of a sequence of `fewstep data synthesize`, and of its start that the student is trained on. */
const [LENGTH, START] = [16, 6];

/** How far each column of a hidden state has moved at the end of a sequence; columns have a variance of 1. */
const DRIFT = 6;

const matrices = ['conditional', 'unconditional', 'target'] as const;

/**
 * A small head and two captures of it in a folder, whose hidden states drift along a sequence: `all`, and `start` with the
 * first places of each sequence alone. Gives the settings that train on the one and evaluate on the other.
 */
export async function driftingCapture(
  command: string,
  folder: string,
): Promise<Readonly<Record<'trained' | 'evaluated', readonly string[]>>> {
  const args = ['data', 'synthesize', '--family', 'pocket-tts', '--out', folder, '--quiet'];
  execFileSync(process.execPath, [command, ...args], { stdio: 'pipe' });
  for (const name of readdirSync(join(folder, 'capture'))) {
    const rows = await readSafetensors(join(folder, 'capture', name));
    const places = Array.from(rows.position?.data ?? []);
    const drifted = Object.fromEntries(matrices.map((tensor) => [tensor, moved(rows[tensor], tensor, places)]));
    for (const [capture, length] of [
      ['all', LENGTH],
      ['start', START],
    ] as const) {
      const kept = places.flatMap((place, row) => (place < length ? [row] : []));
      await writeSafetensors(join(folder, capture, name), {
        ...Object.fromEntries(Object.entries(drifted).map(([tensor, value]) => [tensor, rowsAt(value, kept)])),
        position: { shape: [kept.length], data: Int32Array.from(kept, (row) => places[row] ?? 0) },
      });
    }
  }
  const settings = (capture: string) => [
    `teacher.path=${join(folder, 'teacher')}`,
    `data.path=${join(folder, capture)}`,
  ];
  return { trained: settings('start'), evaluated: settings('all') };
}

/** Hidden states moved by their places; what is no hidden state stays. */
function moved(tensor: HostTensor | undefined, name: string, places: readonly number[]): HostTensor<Float32Array> {
  if (!(tensor?.data instanceof Float32Array)) throw new TypeError(`expected float32 rows of ${name}`);
  const width = tensor.data.length / places.length;
  const drift = name === 'target' ? 0 : DRIFT / (LENGTH - 1);
  return {
    shape: tensor.shape,
    data: tensor.data.map((value, at) => value + drift * (places[Math.floor(at / width)] ?? 0)),
  };
}
