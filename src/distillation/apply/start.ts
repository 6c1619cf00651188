import { DataError } from '../../ground/errors.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { stream } from '../../ground/random/philox.ts';
import type { Rule, Settings } from '../../heads/original/rule.ts';
import type { Inputs } from './inputs.ts';

/** A run that is about to start. */
export interface Planned {
  readonly rule: Rule;
  readonly settings: Settings;
  readonly conditions: HostTensor<Float32Array>;
  readonly token: number;
  readonly skip: number;
  readonly seed: number;
}

/**
 * The first state [rows, D]: the first of the states `x`, or the only one; unit normals `noise` (or `z` of rules that
 * scale their first noise), scaled as the rule has it; else drawn.
 */
export function readStart(
  { rule, settings, conditions, token, seed }: Planned,
  inputs: Inputs,
): { readonly x: Float32Array; readonly drawn?: Float32Array } {
  const scale = rule.startScale?.(settings) ?? 1;
  const scaled = (unit: Float32Array): Float32Array => unit.map((value) => value * scale);
  const wanted = ['rows', token] as const;
  if (rule.startScale && inputs.has('z')) return { x: scaled(inputs.read('z', wanted).data) };
  if (inputs.has('x')) {
    const { shape, data } = inputs.read('x', ['states', ...wanted], wanted);
    return { x: shape.length === 2 ? data : data.slice(0, (shape[1] ?? 0) * token) };
  }
  if (inputs.has('noise')) return { x: scaled(inputs.read('noise', wanted).data) };
  const groups = settings.imageGuidance !== 1 ? 3 : settings.guidance !== 1 ? 2 : 1;
  const rows = (conditions.shape[0] ?? 0) / groups;
  if (!Number.isInteger(rows))
    throw new DataError(`c: expected ${groups} groups of as many rows, got ${conditions.shape[0]} rows`);
  const drawn = stream('apply', seed, 'noise').normal(rows * token);
  return { x: scaled(drawn), drawn };
}

/** The unit normals of a stochastic rule [n, rows, D]: `z`, else drawn; none of a deterministic one. */
export function readNormals(
  { rule, settings, token, skip, seed }: Planned,
  inputs: Inputs,
  rows: number,
): { readonly z: HostTensor<Float32Array>; readonly fresh: boolean } | undefined {
  if (rule.normals === undefined) return undefined;
  const shape = [Math.max(0, rule.normals(settings.steps) - skip), rows, token] as const;
  if (inputs.has('z')) return { z: inputs.read('z', shape), fresh: false };
  return { z: { shape, data: stream('apply', seed, 'z').normal(shape[0] * rows * token) }, fresh: true };
}
