import { realpath } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { cpuEngine, type Engine } from '../../engine/graph/program.ts';
import { UsageError } from '../../ground/errors.ts';
import { writeNpy } from '../../ground/file/npy.ts';
import { writeSafetensors } from '../../ground/file/safetensors.ts';
import { checkFinite } from '../../ground/finite.ts';
import { isOneCall } from '../../heads/network/output.ts';
import type { AppliedHead, Outputs } from './applied-head.ts';
import { entering } from './entering.ts';
import { type Inputs, readInputs } from './inputs.ts';
import { applyJvp } from './jvp.ts';
import { type Loaded, loadHead } from './load-head.ts';
import { applyLoss } from './loss/loss.ts';
import { applyOneCall } from './one-call.ts';
import type { ApplySettings } from './settings.ts';
import { applySteps } from './steps.ts';
import { applyStudent, applyStudentTrajectory } from './student.ts';
import { applyTrajectory } from './trajectory.ts';
import { applyVelocity } from './velocity.ts';

/** What is computed: a head's own outputs, the flow's velocity, runs of the sampler, single steps, derivatives, losses. */
export const outputNames = ['velocity', 'flow', 'trajectory', 'step', 'jvp', 'loss'] as const;

/** How results are written: one file, or a folder of a .npy file each. */
export const formatNames = ['safetensors', 'npy'] as const;

/** One application of a head. */
export interface ApplyRequest extends ApplySettings {
  /** A teacher's folder, or a student's folder or file. */
  readonly head: string;
  readonly inputs: string;
  readonly out: string;
  readonly group?: string;
  /** Which of a family's losses; those whose inputs are there unless given. */
  readonly variant?: string;
  readonly output: (typeof outputNames)[number];
  readonly format: (typeof formatNames)[number];
  readonly threads: number;
}

/** Applies a head to tensors of a file and writes what comes out, whole or not at all; gives the results. */
export async function applyHead(request: ApplyRequest): Promise<Outputs> {
  await keepInput(request);
  const loaded = await loadHead(request.head);
  const outputs = await outputsOf(loaded, request);
  for (const [name, { data }] of Object.entries(outputs)) checkFinite(data, `output ${name}`);
  if (request.format === 'safetensors') await writeSafetensors(request.out, outputs);
  else for (const [name, tensor] of Object.entries(outputs)) await writeNpy(join(request.out, `${name}.npy`), tensor);
  return outputs;
}

/** Throws UsageError where the results would replace what they are made from. */
async function keepInput({ head, inputs, out }: ApplyRequest): Promise<void> {
  const real = (path: string): Promise<string> => realpath(path).catch(() => resolve(path));
  const target = await real(out);
  if (target === (await real(inputs))) throw new UsageError(`--out ${out}: is the inputs; expected another path`);
  if (`${target}${sep}`.startsWith(`${await real(head)}${sep}`))
    throw new UsageError(`--out ${out}: lies in ${head}; expected a path outside of it`);
}

async function outputsOf(loaded: Loaded, request: ApplyRequest): Promise<Outputs> {
  const { output, group } = request;
  const inputs = await readInputs(request.inputs, group ?? (output === 'loss' ? 'in' : undefined));
  const engine = cpuEngine(request.threads);
  if ('head' in loaded) return headOutputs(loaded.head, inputs, request, engine);
  if (output !== 'velocity' && output !== 'trajectory')
    throw new UsageError(`--output ${output}: is there for teachers, not for students`);
  const apply = output === 'velocity' ? applyStudent : applyStudentTrajectory;
  return apply(loaded.student, inputs, request, engine);
}

function headOutputs(head: AppliedHead, given: Inputs, asked: ApplyRequest, engine: Engine): Promise<Outputs> {
  if (asked.output === 'loss') return applyLoss(head, given, asked, engine);
  if (isOneCall(head.config)) return applyOneCall(head, given, { ...asked, output: asked.output }, engine);
  const { head: entered, inputs, request } = entering({ head, inputs: given, request: asked });
  const { output } = request;
  if (output === 'jvp') return applyJvp(entered, inputs, engine);
  if (output === 'step') return applySteps(entered, inputs, request, engine);
  if (output === 'trajectory') return applyTrajectory(entered, inputs, request, engine);
  return applyVelocity(entered, inputs, request, engine, output === 'flow' ? 'flow' : 'own');
}
