import type * as tf from '@tensorflow/tfjs';
import { compile } from '../../engine/compile.ts';
import { derivative } from '../../engine/graph/gradient.ts';
import { named } from '../../engine/graph/named.ts';
import type { Engine, NamedTensors, TensorSpec } from '../../engine/graph/program.ts';
import { DataError, UsageError } from '../../ground/errors.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { stream } from '../../ground/random/philox.ts';
import { madeOf } from '../../heads/network/output.ts';
import { changesTokens, postprocessed } from '../../heads/original/postprocessing.ts';
import type { AppliedHead, Outputs } from './applied-head.ts';
import { readConditions } from './conditions.ts';
import type { Inputs } from './inputs.ts';
import type { ApplySettings } from './settings.ts';

/** What a head that is called once is asked, as the command line has it. */
export interface OneCallRequest extends ApplySettings {
  readonly output: 'velocity' | 'flow' | 'trajectory' | 'step' | 'jvp';
}

/**
 * A head that makes a token of noise `u` in one call, under `c` [B, H]: `u` is [B, noise], or [K, B, noise] of K draws a row.
 * `velocity` gives its output `out` [.., D], `jvp` its derivative `out` along `u_tangent` with the output as `value`, `trajectory`
 * samples `x`, whose `u` is drawn, uniform from −½ to ½, where there is none. Throws UsageError for what asks for a flow.
 */
export async function applyOneCall(
  head: AppliedHead,
  inputs: Inputs,
  request: OneCallRequest,
  engine: Engine,
): Promise<Outputs> {
  const { output } = request;
  refuseFlow(head.system, request);
  const call = readCall(head, inputs, output === 'trajectory' ? request.seed : undefined);
  const tangent = output === 'jvp' ? byContext(inputs.read('u_tangent', call.u.shape)) : undefined;
  const feeds = { u: byContext(call.u), c: call.c, ...(tangent && { tangent }) };
  const specs: Record<string, TensorSpec> = Object.fromEntries(
    Object.entries(feeds).map(([name, { shape }]) => [name, { shape }]),
  );
  const program = await compile((all) => made(head, all), specs, { engine, constants: head.parameters });
  const results = await program.run(feeds).finally(() => program.dispose());
  const like = (tensor: HostTensor | undefined): HostTensor<Float32Array> => asGiven(tensor, call.u.shape);
  if (output === 'jvp') return { out: like(results.along), value: like(results.out) };
  if (output === 'velocity') return { out: like(results.out) };
  return { x: like(results.out), ...(call.drawn && { u: call.u }), ...handedOn(head, like(results.out)) };
}

/** Throws UsageError where something is asked for that only a flow has. */
function refuseFlow(system: string, request: OneCallRequest): void {
  const { output, solver, steps = 1, skip = 0, guidance = 1, guidanceImage = 1 } = request;
  const refuse = (what: string): never => {
    throw new UsageError(`${what}: expected none, ${system} makes a token in one call, without a flow or guidance`);
  };
  if (output === 'flow' || output === 'step') refuse(`--output ${output}`);
  if (solver !== undefined) refuse(`--solver ${solver}`);
  if (steps !== 1) refuse(`--steps ${steps}`);
  if (skip !== 0) refuse(`--skip ${skip}`);
  if (guidance !== 1) refuse(`--guidance ${guidance}`);
  if (guidanceImage !== 1) refuse(`--guidance-image ${guidanceImage}`);
}

/** The noise `u` and the conditions of a call; without a `u` it is drawn, where there is a seed. */
function readCall(head: AppliedHead, inputs: Inputs, seed: number | undefined) {
  const { noise = head.config.token } = head.config;
  const c = readConditions(head, inputs);
  const rows = c.shape[0] ?? 0;
  const drawn = seed !== undefined && !inputs.has('u');
  const u = drawn ? uniform(rows, noise, seed) : inputs.read('u', [rows, noise], ['draws', rows, noise]);
  return { u, c, drawn };
}

/** Uniform numbers from −½ to ½, of which CALM makes its tokens. */
const uniform = (rows: number, noise: number, seed: number): HostTensor<Float32Array> => ({
  shape: [rows, noise],
  data: stream('apply', seed, 'u')
    .uniform(rows * noise)
    .map((value) => value - 0.5),
});

/** The output for `u` [B, K, noise] and, where there is a `tangent`, its derivative along that. */
function made({ config }: AppliedHead, all: NamedTensors): NamedTensors {
  const of = (u: tf.Tensor): tf.Tensor => madeOf(all, config, u, named(all, 'c'));
  const u = named(all, 'u');
  if (all.tangent === undefined) return { out: of(u) };
  const { value, tangent } = derivative(of, u, all.tangent);
  return { out: value, along: tangent };
}

/** Rows [B, N] or draws of rows [K, B, N] as [B, K, N]. */
function byContext({ shape, data }: HostTensor<Float32Array>): HostTensor<Float32Array> {
  const [draws = 1, rows = 0, width = 0] = shape.length === 2 ? [1, ...shape] : shape;
  return { shape: [rows, draws, width], data: swapped(data, draws, rows, width) };
}

/** Results [B, K, D] as the noise was given: [B, D] or [K, B, D]. */
function asGiven(found: HostTensor | undefined, given: readonly number[]): HostTensor<Float32Array> {
  const { shape: [rows = 0, draws = 1, width = 0] = [], data } = found ?? {};
  if (!(data instanceof Float32Array)) throw new DataError('the head gave no float32 numbers');
  return { shape: [...given.slice(0, -1), width], data: swapped(data, rows, draws, width) };
}

/** [A, B, N] as [B, A, N]. */
function swapped(data: Float32Array, outer: number, inner: number, width: number): Float32Array {
  const out = new Float32Array(data.length);
  for (let a = 0; a < outer; a++)
    for (let b = 0; b < inner; b++)
      out.set(data.subarray((a * inner + b) * width, (a * inner + b + 1) * width), (b * outer + a) * width);
  return out;
}

/** The sample as the system hands it on, where that is not the sample itself. */
function handedOn({ postprocessing, config }: AppliedHead, { shape, data }: HostTensor<Float32Array>): Outputs {
  if (!changesTokens(postprocessing)) return {};
  const latents = postprocessed(Float64Array.from(data), config.token, postprocessing);
  return { denorm: { shape, data: Float32Array.from(latents) } };
}
