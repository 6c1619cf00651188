import { type Graph, nodesOf, type Value } from '../graph/graph.ts';
import { nameValues } from '../graph/naming.ts';
import type { Shape } from '../graph/size.ts';
import { lower } from './lower.ts';
import { type Dialect, Lowering, type OnnxConstant, type OnnxNode } from './lowering.ts';

/** ONNX nodes, sorted, and every constant that they read. */
export interface OnnxProgram {
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxConstant[];
}

/** A value at the edge of a program, by its name there. */
export interface OnnxEdge {
  readonly name: string;
  readonly value: Value;
}

/** A whole graph as ONNX has it, before it is bytes. */
export interface LoweredGraph extends OnnxProgram {
  readonly dialect: Dialect;
  readonly inputs: readonly OnnxEdge[];
  readonly outputs: readonly OnnxEdge[];
  /** The shapes of the graph's float32 values by name; of helpers that lowering adds it has none. */
  readonly shapes: ReadonlyMap<string, Shape>;
}

/**
 * The name of an output that is no tensor, the first of programs that run in place: onnxruntime-node copies every result out
 * of the memory it was given for it, but stops at this one (see `session.ts`).
 */
export const endMarker = 'fewstep_end';

/** Turns a graph into ONNX nodes and constants. */
export function lowerGraph(graph: Graph, dialect: Dialect): LoweredGraph {
  const naming = nameValues(graph);
  const lowering = new Lowering(graph, naming, dialect);
  const nodes = nodesOf(graph);
  for (const node of nodes) lower(lowering, node);
  for (const [value, name] of naming.copies) lowering.emit('Identity', [naming.nameOf(value)], [name]);
  if (dialect.inPlace) lowering.emit('SequenceEmpty', [], [endMarker]);
  const weights = naming.constants.map((value) => ({
    name: naming.nameOf(value),
    shape: value.shape as readonly number[],
    data: value.source.kind === 'constant' ? value.source.data : new Float32Array(),
  }));
  const values = [...graph.inputs, ...naming.constants, ...nodes.flatMap(({ outputs }) => outputs)];
  const floats = values.filter(({ dtype }) => dtype === 'float32');
  return {
    dialect,
    shapes: new Map(floats.map((value) => [naming.nameOf(value), value.shape])),
    nodes: lowering.nodes,
    constants: [...weights, ...lowering.constants],
    inputs: graph.inputs.map((value) => ({ name: naming.nameOf(value), value })),
    outputs: Object.values(graph.outputs).map((value, index) => ({ name: naming.outputs[index] ?? '', value })),
  };
}
