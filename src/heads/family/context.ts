import { named } from '../../engine/graph/named.ts';
import type { Dimension, NamedTensors, TensorSpec } from '../../engine/graph/program.ts';
import { DataError } from '../../ground/errors.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import type { Context } from '../flow.ts';
import type { HeadConfig } from '../network/config.ts';

/** Contexts in ordinary memory with their guidance scales, a row a context. */
export interface HostContext {
  readonly conditional: HostTensor<Float32Array>; // [N, H]
  readonly unconditional: HostTensor<Float32Array>; // [N, H]
  readonly w: HostTensor<Float32Array>; // [N]
  /** Of three-way guidance. */
  readonly imageOnly?: HostTensor<Float32Array>; // [N, H]
  readonly wImage?: HostTensor<Float32Array>; // [N]
}

const hidden = ['conditional', 'unconditional', 'imageOnly'] as const;
const names = [...hidden, 'w', 'wImage'] as const;

type Name = (typeof names)[number];

/** The parts of a context that a head of that guidance is told. */
const namesOf = ({ guidance }: { readonly guidance?: HeadConfig['guidance'] | undefined }): readonly Name[] =>
  guidance === 'three-way' ? names : ['conditional', 'unconditional', 'w'];

/** The inputs of a program that takes the contexts of a head, by the names of `Context`. */
export const contextSpecs = (
  head: Pick<HeadConfig, 'guidance' | 'condition'>,
  rows: Dimension,
): Record<string, TensorSpec> =>
  Object.fromEntries(
    namesOf(head).map((name) => [
      name,
      { shape: hidden.some((state) => state === name) ? [rows, head.condition] : [rows] },
    ]),
  );

/** The context among the inputs of such a program. */
export function contextOf(inputs: NamedTensors): Context {
  const { imageOnly, wImage } = inputs;
  return {
    conditional: named(inputs, 'conditional'),
    unconditional: named(inputs, 'unconditional'),
    w: named(inputs, 'w'),
    ...(imageOnly && { imageOnly }),
    ...(wImage && { wImage }),
  };
}

/** The parts of a context that a head of that guidance is told. Throws DataError where one is missing. */
export function contextFeeds(
  { guidance }: { readonly guidance?: HeadConfig['guidance'] | undefined },
  context: HostContext,
): Record<string, HostTensor<Float32Array>> {
  const fed = namesOf({ guidance }).map((name) => {
    const tensor = context[name];
    if (tensor === undefined) throw new DataError(`context: expected ${name} for ${guidance} guidance, found none`);
    return [name, tensor] as const;
  });
  return Object.fromEntries(fed);
}
