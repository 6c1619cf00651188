import type { Engine } from '../../engine/graph/program.ts';
import { UsageError } from '../../ground/errors.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { ruleAmong } from '../../heads/family/rule-of.ts';
import { layoutOf } from '../../heads/original/guidance.ts';
import { headNetwork } from '../../heads/original/head-network.ts';
import { changesTokens, type Postprocessing, postprocessed } from '../../heads/original/postprocessing.ts';
import type { Stepped } from '../../heads/original/rule.ts';
import { type Run, sampleChain } from '../../heads/original/sample-chain.ts';
import type { AppliedHead, Outputs } from './applied-head.ts';
import { checkRepeated, readConditions } from './conditions.ts';
import type { Inputs } from './inputs.ts';
import { type ApplySettings, needGuidance, ruleSettings, scalarNames } from './settings.ts';
import { type Planned, readNormals, readStart } from './start.ts';

/**
 * Samples as the head's original system does: outputs `x` [n + 1, B, D], the times `t` [n] (and `s`), `v` or `pred_x0`
 * [n, B, D], what was drawn here (`noise`, `z`), and `denorm` where the system changes what it sampled.
 */
export async function applyTrajectory(
  head: AppliedHead,
  inputs: Inputs,
  options: ApplySettings,
  engine: Engine,
): Promise<Outputs> {
  const { token } = head.config;
  const planned = plan(head, inputs, options);
  const { rule, settings, conditions, skip } = planned;
  const start = readStart(planned, inputs);
  const rows = start.x.length / token;
  const layout = layoutOf(rows, conditions.shape[0] ?? 0, settings);
  checkRepeated(start.x, rows, layout);
  needGuidance(layout.stacked ? 1 : layout.groups, options, inputs);
  const normals = readNormals(planned, inputs, rows);
  const { evaluate, dispose } = await headNetwork(head.parameters, head.config, engine, rule.network);
  const from = { x: start.x, skip, ...(normals && { z: normals.z.data }) };
  const run = await sampleChain(rule, { evaluate, conditions, rows, token }, settings, from).finally(dispose);
  return {
    ...runOutputs(run, rows, token),
    ...(start.drawn && { noise: { shape: [rows, token], data: start.drawn } }),
    ...(normals?.fresh && { z: normals.z }),
    ...handedOutput(
      { ...head, postprocessing: { ...givenStatistics(inputs, token), ...head.postprocessing } },
      run,
      rows,
      options,
    ),
  };
}

/** What the command line and the inputs' scalars say of a run. Throws UsageError. */
function plan(head: AppliedHead, inputs: Inputs, options: ApplySettings): Planned {
  const { rule } = ruleAmong(head.system, head.rules, options.solver);
  const { skip = 0, seed } = options;
  const steps = options.steps ?? inputs.scalar(...scalarNames.steps) ?? stepsOf(inputs, skip) ?? rule.steps;
  if (skip >= steps) throw new UsageError(`--skip: expected less than the ${steps} steps, got ${skip}`);
  const settings = ruleSettings(options, inputs, steps);
  return { rule, settings, conditions: readConditions(head, inputs), token: head.config.token, skip, seed };
}

/** The steps of a trajectory among the inputs. */
function stepsOf(inputs: Inputs, skip: number): number | undefined {
  if (!inputs.owns('x')) return undefined;
  const { shape } = inputs.read('x', ['states', 'rows', 'token'], ['rows', 'token']);
  return shape.length === 3 && (shape[0] ?? 0) > 1 ? (shape[0] ?? 1) - 1 + skip : undefined;
}

/** States, times and what the steps saw, as tensors. */
function runOutputs({ states, steps, times, starts, facts }: Run, rows: number, token: number): Outputs {
  const one = (numbers: readonly number[]): HostTensor => ({
    shape: [numbers.length],
    data: Float32Array.from(numbers),
  });
  const all = (arrays: readonly Float64Array[]): HostTensor => {
    const data = new Float32Array(arrays.length * rows * token);
    for (const [i, array] of arrays.entries()) data.set(array, i * rows * token);
    return { shape: [arrays.length, rows, token], data };
  };
  const seen = (name: string, of: keyof Stepped): Outputs => {
    const arrays = steps.flatMap((step) => step[of] ?? []);
    return arrays.length > 0 ? { [name]: all(arrays) } : {};
  };
  const between = starts && { s: one(starts) };
  return {
    ...facts,
    x: all(states),
    t: one(times),
    ...between,
    ...seen('v', 'v'),
    ...seen('pred_x0', 'predictedData'),
  };
}

/** Statistics of latents that stand among the inputs: pocket-tts' `emb_mean` and `emb_std`. */
const givenStatistics = (inputs: Inputs, token: number): Postprocessing =>
  inputs.has('emb_mean') && inputs.has('emb_std')
    ? { mean: inputs.read('emb_mean', [token]).data, std: inputs.read('emb_std', [token]).data }
    : {};

/** The sample as the system hands it on, where that is not the sample itself. */
function handedOutput(
  { postprocessing, config }: AppliedHead,
  { states }: Run,
  rows: number,
  options: ApplySettings,
): Outputs {
  const all = { ...postprocessing, ...(options.useNorm !== undefined && { normalized: options.useNorm }) };
  if (!changesTokens(all)) return {};
  const data = postprocessed(states.at(-1) ?? new Float64Array(), config.token, all);
  return { denorm: { shape: [rows, config.token], data: Float32Array.from(data) } };
}
