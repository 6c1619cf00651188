import type { Engine } from '../../engine/graph/program.ts';
import { DataError } from '../../ground/errors.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { ruleAmong } from '../../heads/family/rule-of.ts';
import { headNetwork } from '../../heads/original/head-network.ts';
import type { Stepped } from '../../heads/original/rule.ts';
import type { AppliedHead, Outputs } from './applied-head.ts';
import { readConditions } from './conditions.ts';
import type { Inputs } from './inputs.ts';
import { type ApplySettings, ruleSettings } from './settings.ts';

/** What a step tells, by the goldens' names. */
const seenNames = { v: 'v', pred_x0: 'predictedData', mean: 'mean', log_variance: 'logVariance' } as const;

/**
 * Independent single steps of a rule: x [n, B, D] holds a state for each of its n steps, in rising order of the
 * network's time, z [n, B, D] the normals of stochastic rules. Outputs `<solver>_out` [n, B, D] and what the steps saw.
 */
export async function applySteps(
  head: AppliedHead,
  inputs: Inputs,
  options: ApplySettings,
  engine: Engine,
): Promise<Outputs> {
  const { token } = head.config;
  const x = inputs.read('x', ['steps', 'rows', token]);
  const [steps = 0, rows = 0] = x.shape;
  if (options.steps !== undefined && options.steps !== steps)
    throw new DataError(`x: expected states of ${options.steps} steps, got ${steps}`);
  const { name, rule } = ruleAmong(head.system, head.rules, options.solver);
  const settings = ruleSettings(options, inputs, steps);
  const count = rule.normals?.(steps) ?? 0;
  const z = count > 0 ? inputs.read('z', [steps, rows, token], [count, rows, token]).data : new Float32Array();
  const { evaluate, dispose } = await headNetwork(head.parameters, head.config, engine, rule.network);
  const problem = { evaluate, conditions: readConditions(head, inputs), rows, token };
  const size = rows * token;
  const part = (all: Float32Array, i: number): Float64Array =>
    Float64Array.from({ length: size }, (_, at) => all[i * size + at] ?? 0);
  const found: Stepped[] = [];
  try {
    for (let i = 0; i < steps; i++) {
      const chain = rule.start(problem, settings); // anew, so that no step remembers another
      const falling = (chain.times[0] ?? 0) > (chain.times.at(-1) ?? 0);
      found.push(await chain.step(falling ? steps - 1 - i : i, part(x.data, i), part(z, i)));
    }
  } finally {
    await dispose();
  }
  return stepOutputs(found, name, x.shape);
}

function stepOutputs(found: readonly Stepped[], solver: string, shape: readonly number[]): Outputs {
  const all = (of: keyof Stepped): HostTensor => ({
    shape,
    data: Float32Array.from(found.flatMap((step) => [...(step[of] ?? [])])),
  });
  const seen = Object.entries(seenNames).flatMap(([name, of]) => (found[0]?.[of] ? [[name, all(of)] as const] : []));
  return { [`${solver}_out`]: all('x'), ...Object.fromEntries(seen) };
}
