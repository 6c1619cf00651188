import type { Engine } from '../../engine/graph/program.ts';
import { UsageError } from '../../ground/errors.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { takesTwoTimes } from '../../heads/network/output.ts';
import { type Layout, layoutOf, mixGroups, splitGuided } from '../../heads/original/guidance.ts';
import { headNetwork } from '../../heads/original/head-network.ts';
import { guidedConditions } from '../../heads/original/lsd.ts';
import { repeated } from '../../heads/original/rows.ts';
import type { NetworkCall, NetworkKind, Settings } from '../../heads/original/rule.ts';
import type { AppliedHead, Outputs } from './applied-head.ts';
import { checkRepeated, readConditions } from './conditions.ts';
import type { Inputs } from './inputs.ts';
import { type ApplySettings, needGuidance, ruleSettings } from './settings.ts';

/**
 * A head at x, t (and s) under c, guided where c holds several groups: its own output at its own times, or the velocity
 * of the straight-line flow at t in [0, 1]; output `out`.
 */
export async function applyVelocity(
  head: AppliedHead,
  inputs: Inputs,
  options: ApplySettings,
  engine: Engine,
  kind: NetworkKind = 'own',
): Promise<Outputs> {
  const settings = ruleSettings(options, inputs, 1);
  if (inputs.owns('v') && !inputs.owns('x')) return { out: mixedVelocities(head, inputs, settings) };
  const { x, t, s, conditions } = readCall(head, inputs, kind);
  const rows = x.shape[0] ?? 0;
  const layout = layoutOf(rows, conditions.shape[0] ?? 0, settings);
  checkRepeated(x.data, rows, layout);
  needGuidance(layout.stacked ? 1 : layout.groups, options, inputs);
  const call = guidedCall(head, { x, t, ...(s && { s }), c: conditions }, layout, settings);
  const network = await headNetwork(head.parameters, head.config, engine, kind);
  const outputs = await network.evaluate(call).finally(network.dispose);
  return { out: guidedOutput(head, outputs, call, layout, settings) };
}

/** x [R, D], t and s [R] and the conditions [G·R, H] of a call, checked. */
export function readCall(head: AppliedHead, inputs: Inputs, kind: NetworkKind = 'own') {
  const { config } = head;
  const x = inputs.read('x', ['rows', config.token]);
  const rows = x.shape[0] ?? 0;
  const time = (name: string): Float32Array => inputs.read(name, [rows], [rows, 1]).data;
  return {
    x,
    t: time('t'),
    ...(takesTwoTimes(config) && kind === 'own' && { s: time('s') }),
    conditions: readConditions(head, inputs),
  };
}

/** Velocities of stacked groups [G·R, D] that are given, mixed without the network. */
function mixedVelocities({ config }: AppliedHead, inputs: Inputs, settings: Settings): HostTensor {
  const v = inputs.read('v', ['rows', config.token]);
  const groups = settings.imageGuidance === 1 ? 2 : 3;
  const rows = v.shape[0] ?? 0;
  if (rows % groups !== 0) throw new UsageError(`v: expected ${groups} groups of rows, got ${rows} rows`);
  const mixed = mixGroups(Float64Array.from(v.data), groups, config.token, settings);
  return { shape: [rows / groups, config.token], data: Float32Array.from(mixed) };
}

/** The call that evaluates every group: x and t once a group, or conditions mixed for heads guided before them. */
function guidedCall(
  head: AppliedHead,
  call: NetworkCall,
  { groups, stacked }: Layout,
  settings: Settings,
): NetworkCall {
  const [rows = 0, token = 0] = call.x.shape;
  if (head.config.guidance === 'condition') {
    const c = guidedConditions({ evaluate: async () => call.t, conditions: call.c, rows, token }, settings);
    return { ...call, c };
  }
  const copies = stacked ? 1 : groups;
  const distinct = stacked ? call.x.data.subarray(0, call.x.data.length / groups) : call.x.data;
  const times = (all: Float32Array): Float32Array => Float32Array.from(repeated(Float64Array.from(all), copies));
  const x = Float32Array.from(repeated(Float64Array.from(distinct), groups));
  const starts = call.s && { s: times(call.s) };
  return { x: { shape: [rows * copies, token], data: x }, t: times(call.t), ...starts, c: call.c };
}

/** Outputs of all groups as one: guided numbers of the token, doubled by MAR onto what stands behind it. */
function guidedOutput(
  head: AppliedHead,
  outputs: Float32Array,
  call: NetworkCall,
  layout: Layout,
  settings: Settings,
): HostTensor {
  const rows = call.x.shape[0] ?? 0;
  const width = outputs.length / rows;
  if (layout.groups === 1 || head.config.guidance === 'condition') return { shape: [rows, width], data: outputs };
  const { token } = head.config;
  const doubled = layout.stacked && width > token;
  const { prediction, rest } = splitGuided(outputs, width, token, { ...layout, stacked: doubled }, settings);
  const out = prediction.length / token;
  const behind = width - token;
  const data = Float32Array.from({ length: out * width }, (_, i) => {
    const [row, column] = [Math.floor(i / width), i % width];
    return column < token ? (prediction[row * token + column] ?? 0) : (rest[row * behind + column - token] ?? 0);
  });
  return { shape: [out, width], data };
}
