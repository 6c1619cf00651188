/** What is known of a head that came as an ONNX graph: its inputs by their roles, and the graph. */
import { z } from 'zod';
import { type StoredGraph, storedGraphSchema } from '../../engine/onnx-graph/stored-graph.ts';
import { sizeOf } from '../../ground/host-tensor.ts';

const size = z.int().positive().max(1_000_000);

/** What a graph's inputs are, and the graph. */
export const graphHeadSchema = z.strictObject({
  graph: storedGraphSchema,
  /** Names of inputs: the token, its time (of two, where the jump ends), where a jump starts, the hidden state. */
  x: z.string(),
  t: z.string(),
  s: z.string().exactOptional(),
  condition: z.string(),
  /** Of heads that are guided inside: the state without the prompt, and the guidance scale. */
  unconditional: z.string().exactOptional(),
  w: z.string().exactOptional(),
  /** What the head takes its scale to be where nothing is guided: 1 of u + w(c − u), 0 of c + w(c − u); 1 unless given. */
  unguided: z.union([z.literal(0), z.literal(1)]).exactOptional(),
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

/** What a graph hears of a context and of times, in the order in which an embedding has them. */
const contextRoles = ['condition', 'unconditional', 'w', 't', 's'] as const;

export type ContextRole = (typeof contextRoles)[number];

/** What a graph hears, and how many numbers of an embedding each is: H of a hidden state, one of a scale or a time. */
export const embeddedParts = (
  head: Pick<GraphHead, ContextRole | 'conditionShape'>,
): readonly (readonly [role: ContextRole, size: number])[] =>
  contextRoles
    .filter((role) => head[role] !== undefined)
    .map((role) => [role, role === 'condition' || role === 'unconditional' ? sizeOf(head.conditionShape) : 1]);

/** Numbers of a context's embedding. */
export const embeddedWidth = (head: Parameters<typeof embeddedParts>[0]): number =>
  embeddedParts(head).reduce((sum, [, size]) => sum + size, 0);

/** The shapes of a graph's weights. */
export const graphShapes = ({ graph }: { readonly graph: Pick<StoredGraph, 'parameters'> }): Record<string, number[]> =>
  Object.fromEntries(graph.parameters.map(([name, shape]) => [name, [...shape]]));
