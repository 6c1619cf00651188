import { EngineError } from '../../ground/errors.ts';
import { type HostData, type HostTensor, sizeOf } from '../../ground/host-tensor.ts';
import type { TensorSpec } from './program.ts';

type DType = NonNullable<TensorSpec['dtype']>;

/** The dtype that a typed array holds. */
export const dtypeOf = (data: HostData): DType =>
  data instanceof Float32Array ? 'float32' : data instanceof Int32Array ? 'int32' : 'bool';

/**
 * Checks that the feeds are exactly the inputs of a program, with their dtypes and shapes, and that the batch size is
 * the same everywhere. Gives the batch size, undefined for a program without one. Throws an EngineError.
 */
export function checkFeeds(
  specs: Readonly<Record<string, TensorSpec>>,
  feeds: Readonly<Record<string, HostTensor>>,
): number | undefined {
  const unknown = Object.keys(feeds).filter((name) => specs[name] === undefined);
  if (unknown.length > 0) {
    throw new EngineError(`feeds: expected ${Object.keys(specs).join(', ') || 'none'}, got also ${unknown.join(', ')}`);
  }
  let batch: number | undefined;
  for (const [name, spec] of Object.entries(specs)) {
    const feed = feeds[name];
    if (feed === undefined) throw new EngineError(`feed '${name}': expected ${describe(spec)}, got nothing`);
    checkFeed(name, spec, feed);
    for (const [axis, dimension] of spec.shape.entries()) {
      if (dimension !== 'batch') continue;
      const size = feed.shape[axis];
      if (batch !== undefined && size !== batch) {
        throw new EngineError(`feed '${name}': expected batch ${batch} as in the feeds before it, got ${size}`);
      }
      batch = size;
    }
  }
  return batch;
}

function checkFeed(name: string, spec: TensorSpec, feed: HostTensor): void {
  const dtype = dtypeOf(feed.data);
  const fits =
    dtype === (spec.dtype ?? 'float32') &&
    feed.shape.length === spec.shape.length &&
    spec.shape.every((dimension, axis) => dimension === 'batch' || dimension === feed.shape[axis]);
  if (!fits) {
    throw new EngineError(`feed '${name}': expected ${describe(spec)}, got ${dtype}[${feed.shape.join(', ')}]`);
  }
  if (feed.data.length !== sizeOf(feed.shape)) {
    throw new EngineError(
      `feed '${name}': expected ${sizeOf(feed.shape)} elements for [${feed.shape.join(', ')}], got ${feed.data.length}`,
    );
  }
}

/** A spec as text: `float32[batch, 64]`. */
export const describe = (spec: TensorSpec): string => `${spec.dtype ?? 'float32'}[${spec.shape.join(', ')}]`;
