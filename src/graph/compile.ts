import type { Parameters } from '../host-tensor.ts';
import { encode } from '../onnx/encode.ts';
import { openSession } from '../onnx/session.ts';
import { compileEager } from './eager.ts';
import type { Graph } from './graph.ts';
import type { Engine, Program, TensorFunction, TensorSpec } from './program.ts';
import { trace } from './trace.ts';

/** Where a function runs, and the inputs that never change (merged into its inputs by name). */
export interface CompileOptions {
  readonly engine: Engine;
  readonly constants?: Parameters;
}

/** Makes a program of a plain function on tfjs tensors: traced for onnxruntime, or evaluated eagerly by tfjs. */
export async function compile(
  fn: TensorFunction,
  specs: Readonly<Record<string, TensorSpec>>,
  { engine, constants = {} }: CompileOptions,
): Promise<Program> {
  if (engine.kind === 'onnx') {
    return openSession(traceToOnnx(fn, specs, { constants, standardOnly: false }), specs, engine);
  }
  const { outputs } = trace(fn, specs, constants, 1);
  return compileEager(fn, specs, Object.keys(outputs), engine.provider, constants);
}

/**
 * Traces a function into the bytes of an ONNX file. `standardOnly` keeps to ONNX's own operators in a form that old
 * runtimes load (opset 17, IR 8), for exports; else opset 21, IR 10 and com.microsoft's operators where they pay.
 */
export function traceToOnnx(
  fn: TensorFunction,
  specs: Readonly<Record<string, TensorSpec>>,
  { constants = {}, standardOnly }: { readonly constants?: Parameters; readonly standardOnly: boolean },
): Uint8Array<ArrayBuffer> {
  return encode(traceGraph(fn, specs, constants), { opset: standardOnly ? 17 : 21, vendor: !standardOnly });
}

/** Traces a function into a graph, with a symbolic batch where the specs have one. */
export function traceGraph(
  fn: TensorFunction,
  specs: Readonly<Record<string, TensorSpec>>,
  constants: Parameters = {},
): Graph {
  return trace(fn, specs, constants, 1);
}
