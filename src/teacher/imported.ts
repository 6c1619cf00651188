import { DataError } from '../errors.ts';
import { evaluations, guidedVelocity } from '../family/velocity.ts';
import { sha256 } from '../file/sha256.ts';
import { type HeadConfig, headShapes } from '../head/config.ts';
import type { Parameters } from '../host-tensor.ts';
import { readImported } from './imported-weights.ts';
import type { ContextSource, Teacher } from './teacher.ts';

/**
 * An imported head as a teacher: its velocity in the flow's convention, whatever it predicts; contexts are a capture's.
 * Throws FileError or DataError where the folder does not hold what its card says, or the capture is of another size.
 */
export async function importedTeacher(folder: string, contexts?: ContextSource): Promise<Teacher> {
  const { card, config: own, parameters } = await readImported(folder);
  const config: HeadConfig = contexts?.threeWay && own.guidance === undefined ? { ...own, guidance: 'three-way' } : own;
  if (contexts !== undefined && contexts.condition !== config.condition)
    throw new DataError(
      `recipe.data: expected conditions of ${config.condition} dimensions for ${folder}, got ${contexts.condition}`,
    );
  return {
    name: card.name,
    hash: sha256(JSON.stringify([card.family, card.weights, card.timeScale, config, contexts?.hash ?? null])),
    token: config.token,
    condition: config.condition,
    parameters: trainable(parameters, config),
    head: config,
    evaluations: evaluations[config.guidance ?? 'output'],
    velocity: (tensors, context) => guidedVelocity(tensors, config, context),
    contexts: async (request) => {
      if (contexts === undefined)
        throw new DataError(
          `recipe.data: expected a capture of hidden states for the imported head ${folder} ` +
            '(data: { kind: capture, path: … }), got none',
        );
      return contexts.contexts(request);
    },
    dispose: async () => {},
  };
}

/** Without stored frequencies, which the config has where they are not the usual ones. */
const trainable = (parameters: Parameters, config: HeadConfig): Parameters =>
  Object.fromEntries(Object.entries(parameters).filter(([name]) => Object.hasOwn(headShapes(config), name)));
