import { join } from 'node:path';
import { cacheFacts, readShard, shardName } from '../../distillation/trajectory/shard.ts';
import { readStage } from '../../ground/file/manifest.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { stream } from '../../ground/random/philox.ts';
import { contextParts, type HostContext, hearingOf, partsOf } from '../../heads/context.ts';
import type { HeadConfig } from '../../heads/network/config.ts';
import { endsOf } from '../../teachers/solve/ends.ts';
import type { Draws } from '../statistics/draws.ts';

/** Contexts that a student's files are measured under. */
export interface MeasuredContexts {
  readonly kind: 'held-out' | 'random';
  readonly context: HostContext;
  /** The teacher's ends there, from noise of its own [C, K, D]. */
  readonly ends?: Draws;
}

/** The contexts that a cache holds out, with the teacher's ends; nothing where it holds none or is gone. */
export async function heldOutContexts(cache: string): Promise<MeasuredContexts | undefined> {
  const stage = await readStage(cache, cacheFacts);
  if (stage?.facts.heldOut === undefined) return undefined;
  const { states, ...context } = await readShard(join(cache, shardName('held-out')));
  return { kind: 'held-out', context, ends: endsOf(states) };
}

/** Contexts of independent standard normal hidden states, guidance scales between 1 and 3: of a file without its run. */
export function randomlyMeasured(config: HeadConfig, contexts = 64): MeasuredContexts {
  const part = (name: string, kind: 'state' | 'scale'): HostTensor<Float32Array> => {
    const random = stream('precision', 'contexts', name);
    if (kind === 'scale') return { shape: [contexts], data: random.uniform(contexts).map((u) => 1 + 2 * u) };
    return { shape: [contexts, config.condition], data: random.normal(contexts * config.condition) };
  };
  const heard = partsOf(hearingOf(config)).map((key) => [key, part(key, contextParts[key].kind)] as const);
  const all = { conditional: part('conditional', 'state'), unconditional: part('unconditional', 'state') };
  return { kind: 'random', context: { ...all, w: part('w', 'scale'), ...Object.fromEntries(heard) } };
}
