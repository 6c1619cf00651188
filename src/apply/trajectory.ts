import { DataError, UsageError } from '../errors.ts';
import type { Engine } from '../graph/program.ts';
import type { HostTensor } from '../host-tensor.ts';
import { layoutOf } from '../original/guidance.ts';
import { changesTokens, handedOn } from '../original/hand-on.ts';
import { headNetwork } from '../original/head-network.ts';
import type { Rule, Settings, Stepped } from '../original/rule.ts';
import { type Run, sampleChain } from '../original/sample-chain.ts';
import { originalRules } from '../original/table.ts';
import { stream } from '../random/philox.ts';
import type { AppliedHead, Outputs } from './applied-head.ts';
import type { Inputs } from './inputs.ts';
import { type ApplySettings, guidanceScales, needGuidance, ruleSettings } from './settings.ts';

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
  const rule = ruleOf(head, options.solver);
  const skip = options.skip ?? 0;
  const steps = options.steps ?? inputs.scalar('num_sampling_steps') ?? stepsOf(inputs, skip) ?? rule.steps;
  if (skip >= steps) throw new UsageError(`--skip: expected less than the ${steps} steps, got ${skip}`);
  const settings = ruleSettings(options, inputs, steps);
  const conditions = readConditions(head, inputs);
  const start = readStart(head, rule, inputs, { settings, conditions, options });
  const rows = start.x.length / head.config.token;
  const { groups, stacked } = layoutOf(rows, conditions.shape[0] ?? 0, settings);
  needGuidance(stacked ? 1 : groups, options, inputs);
  const drawn = readNormals(rule, inputs, { steps, skip, rows, token: head.config.token, seed: options.seed });
  const network = await headNetwork(head.parameters, head.config, engine);
  const problem = { evaluate: network.evaluate, conditions, rows, token: head.config.token };
  const run = await sampleChain(rule, problem, settings, { x: start.x, skip, ...(drawn && { z: drawn.z }) }).finally(
    () => network.dispose(),
  );
  const shape = (count: number): number[] => [count, rows, head.config.token];
  return {
    ...runOutputs(run, rows, head.config.token),
    ...(start.drawn && { noise: { shape: shape(1).slice(1), data: start.drawn } }),
    ...(drawn?.fresh && { z: { shape: shape(drawn.count), data: drawn.z } }),
    ...handedOutput(head, run, rows, options),
  };
}

/** The rule of a name among the family's. Throws UsageError. */
function ruleOf({ family }: AppliedHead, name?: string): Rule {
  const rules: Readonly<Record<string, Rule>> = originalRules[family];
  const names = Object.keys(rules);
  const rule = rules[name ?? names[0] ?? ''];
  if (rule === undefined) throw new UsageError(`--solver: ${family} samples by ${names.join(', ')}, got ${name}`);
  return rule;
}

/** The steps of a trajectory among the inputs. */
function stepsOf(inputs: Inputs, skip: number): number | undefined {
  if (!inputs.owns('x')) return undefined;
  const { shape } = inputs.read('x', ['states', 'rows', 'token'], ['rows', 'token']);
  return shape.length === 3 && (shape[0] ?? 0) > 1 ? (shape[0] ?? 1) - 1 + skip : undefined;
}

/** Conditions of all groups: `c`, or pocket-tts' `c_cond` and `c_null`. */
function readConditions({ config }: AppliedHead, inputs: Inputs): HostTensor<Float32Array> {
  const wanted = ['rows', config.condition] as const;
  if (!inputs.has('c_cond')) return inputs.read('c', wanted);
  const [conditional, none] = [inputs.read('c_cond', wanted), inputs.read('c_null', wanted)];
  const rows = (conditional.shape[0] ?? 0) + (none.shape[0] ?? 0);
  return { shape: [rows, config.condition], data: Float32Array.from([...conditional.data, ...none.data]) };
}

/** The first state [rows, D]: the first of `x`; unit normals `noise`, or the rule's own `z`, scaled; else drawn. */
function readStart(
  { config }: AppliedHead,
  rule: Rule,
  inputs: Inputs,
  run: { readonly settings: Settings; readonly conditions: HostTensor; readonly options: ApplySettings },
): { readonly x: Float32Array; readonly drawn?: Float32Array } {
  const scale = rule.startScale?.(run.settings) ?? 1;
  const scaled = (unit: Float32Array): Float32Array => unit.map((value) => value * scale);
  const wanted = ['rows', config.token] as const;
  if (rule.startScale && inputs.has('z')) return { x: scaled(inputs.read('z', wanted).data) };
  if (inputs.has('x')) {
    const { shape, data } = inputs.read('x', ['states', ...wanted], wanted);
    return { x: shape.length === 2 ? data : data.slice(0, (shape[1] ?? 0) * config.token) };
  }
  if (inputs.has('noise')) return { x: scaled(inputs.read('noise', wanted).data) };
  const [guidance = 1, image = 1] = guidanceScales(run.options, inputs);
  const rows = (run.conditions.shape[0] ?? 0) / (image !== 1 ? 3 : guidance !== 1 ? 2 : 1);
  if (!Number.isInteger(rows))
    throw new DataError(`c: expected whole groups of rows, got ${run.conditions.shape[0]} rows`);
  const drawn = stream('apply', run.options.seed, 'noise').normal(rows * config.token);
  return { x: scaled(drawn), drawn };
}

/** The normals of a stochastic rule [n, rows, D]: `z`, else drawn. */
function readNormals(
  rule: Rule,
  inputs: Inputs,
  run: {
    readonly steps: number;
    readonly skip: number;
    readonly rows: number;
    readonly token: number;
    readonly seed: number;
  },
): { readonly z: Float32Array; readonly count: number; readonly fresh: boolean } | undefined {
  if (rule.normals === undefined) return undefined;
  const count = Math.max(0, rule.normals(run.steps) - run.skip);
  if (inputs.has('z')) return { z: inputs.read('z', [count, run.rows, run.token]).data, count, fresh: false };
  return { z: stream('apply', run.seed, 'z').normal(count * run.rows * run.token), count, fresh: true };
}

/** States, times and what the steps saw, as tensors. */
function runOutputs({ states, steps, times, starts, facts }: Run, rows: number, token: number): Outputs {
  const stacked = (arrays: readonly Float64Array[]): HostTensor => ({
    shape: [arrays.length, rows, token],
    data: Float32Array.from(arrays.flatMap((array) => [...array])),
  });
  const seen = (name: keyof Stepped) => steps.flatMap((step) => step[name] ?? []);
  const each = { v: seen('v'), pred_x0: seen('predictedData') };
  return {
    ...facts,
    x: stacked(states),
    t: { shape: [times.length], data: Float32Array.from(times) },
    ...(starts && { s: { shape: [starts.length], data: Float32Array.from(starts) } }),
    ...Object.fromEntries(
      Object.entries(each).flatMap(([name, all]) => (all.length > 0 ? [[name, stacked(all)]] : [])),
    ),
  };
}

/** The sample as the system hands it on, where that is not the sample itself. */
function handedOutput({ handOn, config }: AppliedHead, { states }: Run, rows: number, options: ApplySettings): Outputs {
  const all = { ...handOn, ...(options.useNorm !== undefined && { normalized: options.useNorm }) };
  if (!changesTokens(all)) return {};
  const data = handedOn(states.at(-1) ?? new Float64Array(), config.token, all);
  return { denorm: { shape: [rows, config.token], data: Float32Array.from(data) } };
}
