import { stream } from '../../../../src/ground/random/philox.ts';
import { floats, model, node, port, tensorProto, written } from '../../../engine/onnx-graph/model.ts';

/** How a small head is guided: by what combines its outputs, or inside, by u + w(c − u) or c + w(c − u), or by a scale alone. */
export type InsideKind = 'plain' | 'inside' | 'inside-from-0' | 'scale';

const [token, condition, width] = [3, 2, 8];

/** The weights of all of them: two layers with a tanh between, of x, c and t side by side. */
export const insideWeights = {
  'first.weight': floats([token + condition + 1, width], ...numbers('first', (token + condition + 1) * width)),
  'first.bias': floats([width], ...numbers('bias', width)),
  'second.weight': floats([width, token], ...numbers('second', width * token)),
};

function numbers(name: string, count: number): number[] {
  return Array.from(stream('inside', name).normal(count), (value) => value / 2);
}

/** The network's nodes under a condition, named after where they lead. */
const network = (c: string, to: string) => [
  node('Concat', ['x', c, 'column'], [`${to}.all`], { axis: 1 }),
  node('MatMul', [`${to}.all`, 'first.weight'], [`${to}.product`]),
  node('Add', [`${to}.product`, 'first.bias'], [`${to}.sum`]),
  node('Tanh', [`${to}.sum`], [`${to}.hidden`]),
  node('MatMul', [`${to}.hidden`, 'second.weight'], [to]),
];

const mixed = (base: 'told' | 'untold') => [
  ...network('c', 'told'),
  ...network('c_uncond', 'untold'),
  node('Sub', ['told', 'untold'], ['difference']),
  node('Mul', ['difference', 'scales'], ['scaled']),
  node('Add', [base, 'scaled'], ['out']),
];

const bodies = {
  plain: network('c', 'out'),
  inside: mixed('untold'),
  'inside-from-0': mixed('told'),
  scale: [node('Mul', ['c', 'scales'], ['louder']), ...network('louder', 'out')],
};

/** The path of a small head of one kind, as ONNX. */
export function insideHead(kind: InsideKind): Promise<string> {
  const column = (name: string, from: string) => node('Reshape', [from, 'shape'], [name]);
  const graph = {
    node: [column('column', 't'), ...(kind === 'plain' ? [] : [column('scales', 'w')]), ...bodies[kind]],
    initializer: Object.entries({ ...insideWeights, shape: { type: 'INT64' as const, shape: [2], numbers: [-1, 1] } }),
    input: [
      port('x', ['rows', token]),
      port('t', ['rows']),
      port('c', ['rows', condition]),
      ...(kind.startsWith('inside') ? [port('c_uncond', ['rows', condition])] : []),
      ...(kind === 'plain' ? [] : [port('w', ['rows'])]),
    ],
    output: [port('out', ['rows', token])],
  };
  return written(
    model({ ...graph, initializer: graph.initializer.map(([name, tensor]) => tensorProto(name, tensor)) }),
  );
}
