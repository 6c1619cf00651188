/** What is known of a head that came as an ONNX graph: its inputs by their roles, and the graph. */
import { z } from 'zod';
import { type StoredGraph, storedGraphSchema } from '../../engine/onnx-graph/stored-graph.ts';

const size = z.int().positive().max(1_000_000);

/** What a graph's inputs are, and the graph. */
export const graphHeadSchema = z.strictObject({
  graph: storedGraphSchema,
  /** Names of inputs: the token, its time (of two, where the jump ends), where a jump starts, the hidden state. */
  x: z.string(),
  t: z.string(),
  s: z.string().exactOptional(),
  condition: z.string(),
  output: z.string(),
  /** The shape of a token and of a hidden state, without the rows: [D] or, of a group, [G, D]. */
  tokenShape: z.array(size).min(1).max(4),
  conditionShape: z.array(size).min(1).max(4),
  /** Numbers of the output a row: those of a token, or more where something stands behind its prediction. */
  outputs: size,
  /** Further inputs, each one number a row. */
  constants: z.array(z.tuple([z.string(), z.number()])).max(64),
});

/** A head as an ONNX graph. */
export type GraphHead = Readonly<z.output<typeof graphHeadSchema>>;

/** Numbers of a context's embedding beside the hidden state: its times. */
export const timesOfGraph = ({ s }: Pick<GraphHead, 's'>): number => (s === undefined ? 1 : 2);

/** The shapes of a graph's weights. */
export const graphShapes = ({ graph }: { readonly graph: Pick<StoredGraph, 'parameters'> }): Record<string, number[]> =>
  Object.fromEntries(graph.parameters.map(([name, shape]) => [name, [...shape]]));
