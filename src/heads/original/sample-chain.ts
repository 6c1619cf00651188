import { DataError } from '../../ground/errors.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import type { Problem, Rule, Settings, Stepped } from './rule.ts';

/** Where a run starts. */
export interface Start {
  /** The first state [rows, D]. */
  readonly x: Float32Array;
  /** Unit normals [n, rows, D] of the steps that are taken; absent for deterministic rules. */
  readonly z?: Float32Array;
  /** Steps of the rule that are left out before the first state; 0 unless given. */
  readonly skip?: number;
}

/** A run: its states, from the first to the sample, and what each step saw. */
export interface Run {
  readonly states: readonly Float64Array[];
  readonly steps: readonly Stepped[];
  readonly times: readonly number[];
  readonly starts?: readonly number[];
  readonly facts: Readonly<Record<string, HostTensor>>;
}

/** Samples by a rule, step after step. Throws DataError when a state stops being finite. */
export async function sampleChain(rule: Rule, problem: Problem, settings: Settings, start: Start): Promise<Run> {
  const chain = rule.start(problem, settings);
  const size = problem.rows * problem.token;
  const skip = start.skip ?? 0;
  const states: Float64Array[] = [Float64Array.from(start.x)];
  const steps: Stepped[] = [];
  for (let index = skip; index < chain.times.length; index++) {
    const taken = index - skip;
    const z = Float64Array.from({ length: size }, (_, i) => start.z?.[taken * size + i] ?? 0);
    const stepped = await chain.step(index, states[taken] ?? z, z);
    if (!stepped.x.every(Number.isFinite))
      throw new DataError(
        `${rule.title}: step ${index + 1} of ${chain.times.length} leads to a number that is not finite`,
      );
    steps.push(stepped);
    states.push(stepped.x);
  }
  const { times, starts, facts = {} } = chain;
  return { states, steps, times: times.slice(skip), ...(starts && { starts: starts.slice(skip) }), facts };
}
