import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Parameters } from '../../ground/host-tensor.ts';
import type { FamilyName } from '../../heads/family/table.ts';
import type { HeadConfig } from '../../heads/network/config.ts';
import { readGraph } from './graph/read.ts';
import { readImported } from './weights.ts';

/** An imported head, whatever it came as. */
export interface Head {
  readonly name: string;
  /** SHA-256 of its weights. */
  readonly weights: string;
  /** What its card tells beside the config, for the teacher's hash. */
  readonly told: readonly unknown[];
  readonly config: HeadConfig;
  readonly parameters: Parameters;
  /** The family whose samplers are its system's; a head that came as ONNX has none. */
  readonly sampler?: FamilyName;
}

/** Whether the head in a folder came as an ONNX graph, by its card. */
export const isGraph = async (folder: string): Promise<boolean> =>
  (await readFile(join(folder, 'card.json'), 'utf8').catch(() => '')).includes('"fewstep-onnx-1"');

/** Reads the imported head in a folder. Throws FileError or DataError where it is not what its card says. */
export async function readHead(folder: string): Promise<Head> {
  if (await isGraph(folder)) {
    const { card, config, parameters } = await readGraph(folder);
    const { name, weights, timeScale } = card;
    return { name, weights, told: ['onnx', weights, timeScale], config, parameters };
  }
  const { card, config, parameters } = await readImported(folder);
  const { name, weights, family, timeScale } = card;
  return { name, weights, told: [family, weights, timeScale], config, parameters, sampler: family };
}
