import { DataError } from '../../ground/errors.ts';
import { sha256 } from '../../ground/file/sha256.ts';
import type { Parameters } from '../../ground/host-tensor.ts';
import { hearingOf } from '../../heads/context.ts';
import { type HeadConfig, headShapes } from '../../heads/network/config.ts';
import { isOneCall } from '../../heads/network/output.ts';
import { evaluations, guidedVelocity } from '../../heads/velocity.ts';
import type { ContextSource, Contexts, Teacher } from '../teacher.ts';
import { guidanceTexts } from './card-text.ts';
import { readHead } from './head.ts';
import { ownSampler } from './own-sampler.ts';

/**
 * An imported head as a teacher: its velocity in the flow's convention, whatever it predicts; contexts are a capture's.
 * With a scale of the image it is guided three ways.
 * Throws FileError or DataError where the folder does not hold what its card says, or the capture is of another size.
 */
export async function importedTeacher(
  folder: string,
  source?: ContextSource,
  imageGuidance?: number,
): Promise<Teacher> {
  const { name, weights, told, config: own, parameters, sampler } = await readHead(folder);
  if (isOneCall(own))
    throw new DataError(
      `${folder}: ${sampler ?? 'this head'} makes a token in one call already: there are no steps to distil or to compare; ` +
        'expected a head with a flow (apply, inspect and export take it)',
    );
  const threeWay = imageGuidance !== undefined;
  if (source !== undefined && source.condition !== own.condition)
    throw new DataError(
      `recipe.data: expected conditions of ${own.condition} dimensions for ${folder}, got ${source.condition}`,
    );
  if (threeWay && !source?.threeWay)
    throw new DataError('recipe.data.imageGuidance: expected a capture with image_only states, found none of them');
  if (threeWay && own.guidance !== undefined)
    throw new DataError(
      `recipe.data.imageGuidance: expected none, ${folder} has no outputs to combine; its guidance: ${guidanceTexts[own.guidance]}`,
    );
  const config: HeadConfig = threeWay ? { ...own, guidance: 'three-way' } : own;
  return {
    name,
    hash: sha256(JSON.stringify([...told, config, source?.hash ?? null, imageGuidance ?? null])),
    weights,
    token: config.token,
    condition: config.condition,
    parameters: trainable(parameters, config),
    head: config,
    evaluations: evaluations[config.guidance ?? 'output'],
    ...(sampler && { own: ownSampler(sampler, parameters, config) }),
    velocity: (tensors, context) => guidedVelocity(tensors, config, context),
    contexts: async (request) =>
      guidedBy(await captured(folder, source).contexts({ ...request, ...alone(config) }), imageGuidance),
    check: async (use) => (await captured(folder, source).check?.({ ...use, ...alone(config) })) ?? [],
    dispose: async () => {},
  };
}

/** The capture, where there is one. Throws DataError. */
function captured(folder: string, source: ContextSource | undefined): ContextSource {
  if (source !== undefined) return source;
  throw new DataError(
    `recipe.data: expected a capture of hidden states for the imported head ${folder} ` +
      '(data: { kind: capture, path: … }), got none',
  );
}

/** What a head that takes its guidance scale, but no state without the prompt, asks of contexts: as many as without guidance. */
const alone = (config: HeadConfig) => (hearingOf(config) === 'scale' ? { guidance: { min: 1, max: 1 } } : {});

/** Contexts with the scale of the image, or without the states that only three-way guidance asks for. */
function guidedBy({ imageOnly, ...contexts }: Contexts, imageGuidance: number | undefined): Contexts {
  if (imageOnly === undefined || imageGuidance === undefined) return contexts;
  const rows = imageOnly.shape[0] ?? 0;
  return { ...contexts, imageOnly, wImage: { shape: [rows], data: new Float32Array(rows).fill(imageGuidance) } };
}

/** Without stored frequencies, which the config has where they are not the usual ones. */
const trainable = (parameters: Parameters, config: HeadConfig): Parameters =>
  Object.fromEntries(Object.entries(parameters).filter(([name]) => Object.hasOwn(headShapes(config), name)));
