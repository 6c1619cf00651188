/** Ends of the sampler of the system that a head came from, beside a shard's paths: what its users see. */
import type { Engine } from '../../engine/graph/program.ts';
import { UsageError } from '../../ground/errors.ts';
import { stream } from '../../ground/random/philox.ts';
import { mapParts } from '../../heads/context.ts';
import { guidedEvaluations, type OwnSampler, type Teacher } from '../../teachers/teacher.ts';
import type { Shard } from './shard.ts';

/** What ends of a system's own sampler cost follows from. */
export type OwnCost = Pick<Teacher, 'evaluations'> & { readonly own?: Pick<OwnSampler, 'steps' | 'evaluations'> };

/** Head forwards of an end of the system's own sampler, those of guidance counted; none of a teacher without one. */
export const ownForwards = ({ own, ...teacher }: OwnCost): number =>
  own === undefined ? 0 : guidedEvaluations(teacher) * own.steps * own.evaluations;

/** Which ends: how many of each context, and the key of their noise. */
export interface OwnEndsRequest {
  readonly draws: number;
  readonly key: readonly (string | number)[];
}

/**
 * A shard with draws of the system's own sampler under each of its contexts [n, K', D]. Their noise is of a key of its own:
 * they have no paths, and belong to no noise of the paths. Throws UsageError where the teacher has no such sampler.
 */
export async function withOwnEnds(
  shard: Shard,
  teacher: Pick<Teacher, 'name' | 'token' | 'own'>,
  { draws, key }: OwnEndsRequest,
  engine: Engine,
): Promise<Shard> {
  const [rows = 0] = shard.w.shape;
  const shape = [rows, draws, teacher.token];
  const noise = { shape, data: stream(...key, 'own ends', 'noise').normal(rows * draws * teacher.token) };
  const sampler = await ownSamplerOf(teacher).open(engine, [...key, 'own ends']);
  try {
    return { ...shard, ownEnds: await sampler.ends({ ...mapParts(shard, (tensor) => tensor), noise }) };
  } finally {
    await sampler.dispose();
  }
}

/** The sampler of the teacher's system. Throws UsageError where there is none. */
export function ownSamplerOf<Own>({ name, own }: { readonly name: string; readonly own?: Own | undefined }): Own {
  if (own !== undefined) return own;
  throw new UsageError(
    `trajectories.ownEnds: expected none with the teacher ${name}: no system's own sampler is known of it`,
  );
}
