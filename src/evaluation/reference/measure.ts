import type { Engine } from '../../engine/graph/program.ts';
import type { Estimate } from '../../ground/estimate.ts';
import { checkFinite } from '../../ground/finite.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { pause } from '../../ground/interruption.ts';
import { mapParts } from '../../heads/context.ts';
import { zeros } from '../../heads/network/initial.ts';
import { dispersion } from '../metric/dispersion.ts';
import { endpointError } from '../metric/endpoint-error.ts';
import { measured, type QualityOf } from '../metric/metric.ts';
import type { HeadSampler } from '../stage/head-sampler.ts';
import type { Draws } from '../statistics/draws.ts';
import { energyDistances } from '../statistics/energy-distance.ts';
import { meanEstimate, standardError } from '../statistics/interval.ts';
import type { EndpointReference } from './read-reference.ts';

/** How heads are measured. */
export interface MeasureOptions {
  readonly steps: readonly number[];
  /** Seed of the noise that samplers add between steps. */
  readonly seed: number;
  readonly engine: Engine;
}

/** A head at a step count: what is told of it, and how it is opened for K draws a context. */
export interface MeasuredHead<Facts> {
  readonly facts: Facts;
  readonly open: (draws: number) => Promise<HeadSampler>;
}

/** A mean over contexts, with its standard error where there are several. */
export interface ContextMean extends Estimate {
  readonly standardError?: number;
}

/** How far a head's ends are from a reference's. */
export interface EndQuality extends QualityOf<'dispersion' | 'endpointError'> {
  readonly energyDistance: ContextMean;
}

/** The conditional energy distance of two sets of ends. Throws DataError. */
export function contextDistance(ends: Draws, others: Draws): ContextMean {
  const distances = energyDistances(ends, others);
  const error = standardError(distances);
  return { ...meanEstimate(distances), ...(error !== undefined && { standardError: error }) };
}

/**
 * A head's ends from the reference's noise, against its ends of other noise; the endpoint error against those of the
 * same noise. `place` names the head where its ends are not finite. Throws DataError.
 */
export async function measureHead(
  head: MeasuredHead<unknown>,
  reference: EndpointReference,
  place: string,
): Promise<EndQuality & { readonly nfe: number }> {
  const sampler = await head.open(reference.draws);
  const ends = await endsOf(sampler, reference).finally(() => sampler.dispose());
  checkFinite(ends.data, `${place}: its ends from ${reference.path}`);
  const { ends: pairedTokens, otherEnds: otherTokens } = reference;
  const others = measured({ tokens: ends, otherTokens, pairedTokens }, [dispersion, endpointError]);
  return { nfe: sampler.nfe, energyDistance: contextDistance(ends, otherTokens), ...others };
}

/** Draws of one call of a head: what it keeps between layers grows with them. */
const DRAWS_AT_ONCE = 16_384;

/** Where a head's paths end, a few contexts at a time. */
async function endsOf(sampler: HeadSampler, { context, noise, contexts, draws }: EndpointReference): Promise<Draws> {
  const ends = zeros(noise.shape);
  const many = Math.max(1, Math.floor(DRAWS_AT_ONCE / draws));
  for (let from = 0; from < contexts; from += many) {
    await pause();
    const rowsOf = ({ shape: [rows = 1, ...rest], data }: HostTensor<Float32Array>): HostTensor<Float32Array> => {
      const part = data.subarray((from * data.length) / rows, ((from + many) * data.length) / rows);
      return { shape: [Math.min(many, rows - from), ...rest], data: part };
    };
    const { data } = await sampler.run({ ...mapParts(context, rowsOf), noise: rowsOf(noise) });
    ends.data.set(data, (from * noise.data.length) / contexts);
  }
  return ends;
}
