import { GraphError } from '../ground/errors.ts';
import { bytesOf, largeWeights, type Parameters } from '../ground/host-tensor.ts';
import { throwIfInterrupted } from '../ground/interruption.ts';
import { compileEager } from './graph/eager.ts';
import type { Graph } from './graph/graph.ts';
import { optimize } from './graph/optimize.ts';
import type { Engine, Precision, Program, TensorFunction, TensorSpec } from './graph/program.ts';
import { recompute, type StepParts } from './graph/recompute/recompute.ts';
import { symbolicBatch } from './graph/symbolic.ts';
import { trace } from './graph/trace.ts';
import { encodeLowered } from './onnx/encode.ts';
import type { PlaceOf } from './onnx/external-data.ts';
import { type LoweredGraph, lowerGraph } from './onnx/lower-graph.ts';
import { quantizeProducts } from './onnx/quantize.ts';
import { quantizeStep } from './onnx/quantize-step.ts';
import type { ProductWeight } from './onnx/replace-products.ts';
import { openResident, type ResidentProgram } from './onnx/resident.ts';
import { openSession } from './onnx/session.ts';

/** Where a function runs, and the inputs that never change (merged into its inputs by name, which no input may have). */
export interface CompileOptions {
  readonly engine: Engine;
  readonly constants?: Parameters;
  /** Constants of this many bytes or more in all stay in the memory they are in; 256 MiB unless given. */
  readonly large?: number;
  /** Of the products with constants, by onnxruntime's cpu provider; float32 unless given, and everywhere else. */
  readonly precision?: Precision;
  /** Tells inputs that are weights and learnt: `precision` is then that of their products and gradients, and of no others. */
  readonly learnt?: (input: string) => boolean;
  /** Of a step of training: its gradients compute values of the forward pass again instead of keeping them, where the engine traces. */
  readonly recomputed?: StepParts | undefined;
}

/** Makes a program of a plain function on tfjs tensors: traced for onnxruntime, or evaluated eagerly by tfjs. */
export async function compile(
  fn: TensorFunction,
  specs: Readonly<Record<string, TensorSpec>>,
  { engine, constants = {}, large = largeWeights, precision = 'float32', learnt, recomputed }: CompileOptions,
): Promise<Program> {
  refuseClash(specs, constants);
  const numbers = { engine, precision, recomputed, ...(learnt && { learnt }) };
  if (givenAnew({ ...numbers, constants, large }))
    return fedWith(constants, specs, await compile(fn, { ...specs, ...specsOf(constants) }, numbers));
  const traced = traceGraph(fn, specs, constants);
  const outputs = Object.keys(traced.outputs);
  if (engine.kind === 'tfjs') return compileEager(fn, specs, outputs, engine.provider, constants);
  return programOf(traced, { inputs: specs, outputs }, numbers);
}

/** A program of a graph, for onnxruntime. */
export function programOf(
  traced: Graph,
  signature: Pick<Program, 'inputs' | 'outputs'>,
  { engine, precision, learnt, recomputed }: Pick<CompileOptions, 'engine' | 'precision' | 'learnt' | 'recomputed'>,
): Promise<Program> {
  const cpu = engine.provider === 'cpu';
  const graph = forEngine(traced, { engine, recomputed });
  const lowered = lowerGraph(graph, { opset: 21, vendor: true, inPlace: cpu });
  const program = precision === 'int8' && cpu ? inInt8(lowered, learnt) : lowered;
  return openSession(encodeLowered(program), signature, engine, recomputed && { large: true });
}

/** A graph as its engine runs it best, in less memory if asked for. */
function forEngine(traced: Graph, { engine, recomputed }: Pick<CompileOptions, 'engine' | 'recomputed'>): Graph {
  const graph = optimize(traced, engine.provider === 'cpu' ? 'cpu' : 'accelerator');
  return recomputed === undefined ? graph : recompute(graph, recomputed);
}

/**
 * The least elements of a weight that is worth int8: smaller products save less than what quantising their left side takes, and
 * they are where tokens and times enter, which all others follow from.
 */
const LEAST_ELEMENTS = 16_384;

/** A program with its large products in int8, by the operator that onnxruntime's cpu provider has for them. */
function inInt8(lowered: LoweredGraph, learnt: CompileOptions['learnt']): LoweredGraph {
  if (learnt !== undefined) return quantizeStep(lowered, learnt);
  const chosen = ({ rows, columns }: ProductWeight): boolean => rows * columns >= LEAST_ELEMENTS;
  return { ...lowered, ...quantizeProducts(lowered, { form: 'vendor', chosen }) };
}

/**
 * Whether constants are inputs of the program, given anew at each run: onnxruntime then reads them where they are. As constants
 * they would be there four times while the session is made (here, in the file's bytes, in the session, and packed for
 * its matrix products), and twice afterwards.
 */
export const givenAnew = ({
  engine,
  constants = {},
  large = largeWeights,
  precision = 'float32',
  learnt,
}: CompileOptions): boolean =>
  engine.kind === 'onnx' && (precision === 'float32' || learnt !== undefined) && bytesOf(constants) >= large;

/** The types of constants as inputs. */
export const specsOf = (constants: Parameters): Record<string, TensorSpec> =>
  Object.fromEntries(Object.entries(constants).map(([name, { shape }]) => [name, { shape }]));

/** A program some of whose inputs are always these; `inputs` are the others. */
export const fedWith = (constants: Parameters, inputs: Program['inputs'], program: Program): Program => ({
  inputs,
  outputs: program.outputs,
  run: (feeds, into) => program.run({ ...constants, ...feeds }, into),
  dispose: () => program.dispose(),
});

/**
 * Makes a program whose outputs `next/NAME` take the place of what its inputs NAME were, where it runs; for onnxruntime.
 */
export function compileResident(
  fn: TensorFunction,
  specs: Readonly<Record<string, TensorSpec>>,
  { engine, constants = {}, recomputed }: Pick<CompileOptions, 'engine' | 'constants' | 'recomputed'>,
): Promise<ResidentProgram> {
  const traced = traceGraph(fn, specs, constants);
  const graph = forEngine(traced, { engine, recomputed });
  const lowered = lowerGraph(graph, { opset: 21, vendor: true });
  const outputs = Object.keys(traced.outputs).map(
    (name, place) => [name, lowered.outputs[place]?.name ?? name] as const,
  );
  return openResident(encodeLowered(lowered), { inputs: specs, outputs }, engine);
}

/** A constant under an input's name would never be read: the input is what the function is given. */
function refuseClash(specs: Readonly<Record<string, TensorSpec>>, constants: Parameters): void {
  const clash = Object.keys(constants).find((name) => Object.hasOwn(specs, name));
  if (clash !== undefined)
    throw new GraphError(`constant '${clash}': expected a name that no input has, got an input of the same name`);
}

/** What an ONNX file holds. */
export interface OnnxOptions {
  readonly constants?: Parameters;
  readonly standardOnly: boolean;
  /** Where a constant lies beside the file; it is inside where this is undefined. */
  readonly placeOf?: PlaceOf;
}

/**
 * Traces a function into the bytes of an ONNX file. `standardOnly` keeps to ONNX's own operators in a form that old
 * runtimes load (opset 17, IR 8), for exports; else opset 21, IR 10 and com.microsoft's operators where they pay.
 */
export const traceToOnnx = (
  fn: TensorFunction,
  specs: Readonly<Record<string, TensorSpec>>,
  { placeOf, ...options }: OnnxOptions,
): Uint8Array<ArrayBuffer> => encodeLowered(traceToLowered(fn, specs, options), placeOf);

/** What `traceToOnnx` makes bytes of. */
export function traceToLowered(
  fn: TensorFunction,
  specs: Readonly<Record<string, TensorSpec>>,
  { constants = {}, standardOnly }: Omit<OnnxOptions, 'placeOf'>,
): LoweredGraph {
  const graph = optimize(traceGraph(fn, specs, constants), standardOnly ? 'export' : 'cpu');
  const clash = Object.keys(graph.outputs).find((name) => specs[name] !== undefined);
  if (clash !== undefined) throw new GraphError(`output '${clash}': expected a name that no input has`);
  return lowerGraph(graph, { opset: standardOnly ? 17 : 21, vendor: !standardOnly });
}

/** Traces a function into a graph, with a symbolic batch where the specs have one. Throws GraphError for a name used twice. */
export function traceGraph(
  fn: TensorFunction,
  specs: Readonly<Record<string, TensorSpec>>,
  constants: Parameters = {},
): Graph {
  throwIfInterrupted();
  refuseClash(specs, constants);
  const [small, large] = tracedBatches;
  const at = (batch: number) => ({ graph: trace(fn, specs, constants, batch), batch });
  const symbolic = Object.values(specs).some(({ shape }) => shape.includes('batch'));
  return symbolic ? symbolicBatch(at(small), at(large)) : at(1).graph;
}

/** Two sizes that no layer has by accident; coprime, so that a multiple of one is none of the other. */
const tracedBatches = [11, 13] as const;
