import type { Parameters } from '../host-tensor.ts';
import { compileEager, outputNames } from './eager.ts';
import type { Engine, Program, TensorFunction, TensorSpec } from './program.ts';

/** Where a function runs, and the inputs that never change (merged into its inputs by name). */
export interface CompileOptions {
  readonly engine: Engine;
  readonly constants?: Parameters;
}

/** Makes a program of a plain function on tfjs tensors. */
export async function compile(
  fn: TensorFunction,
  specs: Readonly<Record<string, TensorSpec>>,
  { engine, constants = {} }: CompileOptions,
): Promise<Program> {
  const provider = engine.kind === 'tfjs' ? engine.provider : 'cpu';
  return compileEager(fn, specs, await outputNames(fn, specs, constants), provider, constants);
}
