import { FileError } from '../../../ground/errors.ts';
import { openSafetensors } from '../../../ground/file/safetensors.ts';
import { sha256File } from '../../../ground/file/sha256.ts';
import type { Parameters } from '../../../ground/host-tensor.ts';
import { type HeadConfig, headConfig } from '../../../heads/network/config.ts';
import { importedWeightsPath } from '../weights.ts';
import { type GraphCard, readGraphCard } from './card.ts';

/** The ONNX file of a head in its folder. */
export const graphFile = 'head.onnx';

/** A head that came as ONNX, in memory. */
export interface ReadGraph {
  readonly card: GraphCard;
  readonly config: HeadConfig;
  /** Its weights by the names of the file's initializers. */
  readonly parameters: Parameters;
}

/** Reads the head in a folder. Throws FileError or DataError where it is not what its card says. */
export async function readGraph(folder: string): Promise<ReadGraph> {
  const card = await readGraphCard(folder);
  const path = importedWeightsPath(folder);
  const hash = await sha256File(path);
  if (hash !== card.weights)
    throw new FileError(`${path}: expected SHA-256 ${card.weights.slice(0, 12)}…, got ${hash.slice(0, 12)}…`);
  const file = await openSafetensors(path);
  const parameters = await file.readFloats([...file.header.keys()]).finally(() => file.close());
  return {
    card,
    parameters,
    config: headConfig(parameters, card.timeScale, { ...card.conventions, graph: card.head }),
  };
}
