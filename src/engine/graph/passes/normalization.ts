import {
  constant,
  type Graph,
  madeBy,
  type Node,
  type NodeOf,
  nodeOf,
  nodesOf,
  scalarOf,
  useCounts,
  type Value,
} from '../graph.ts';
import { apply, make } from '../operations.ts';
import { type Pass, type Rule, rewrite } from '../rewrite.ts';
import { sameShape } from '../size.ts';

/** The nodes of (x − mean)/√(variance + ε) over the last axis. */
interface Pattern {
  readonly epsilon: number;
  readonly centred: Node;
  /** variance + ε. */
  readonly shifted: Node;
  readonly deviation: Node;
  /** 1/√(variance + ε), where the normalisation multiplies by it. */
  readonly reciprocal: Node | undefined;
  readonly normalized: Node;
}

const isLast = (reduction: NodeOf<'ReduceMean'>): boolean => {
  const { axes, keepdims } = reduction.attributes;
  const rank = reduction.inputs[0]?.shape.length ?? 0;
  return axes.length === 1 && axes[0] === rank - 1 && keepdims === 1;
};

/** x, if the value is its mean over the last axis. */
function meanOf(value: Value | undefined): Value | undefined {
  const mean = madeBy(value, 'ReduceMean');
  return mean !== undefined && isLast(mean) ? mean.inputs[0] : undefined;
}

function patternOf(node: Node): Pattern | undefined {
  const [a, b] = node.inputs;
  if (node.operation === 'Mul') return match(node, a, b, 'Reciprocal') ?? match(node, b, a, 'Reciprocal');
  return node.operation === 'Div' ? match(node, a, b, 'Sqrt') : undefined;
}

function match(normalized: Node, first?: Value, second?: Value, last?: 'Reciprocal' | 'Sqrt'): Pattern | undefined {
  const centred = madeBy(first, 'Sub');
  const reciprocal = last === 'Reciprocal' ? madeBy(second, 'Reciprocal') : undefined;
  const deviation = madeBy(last === 'Reciprocal' ? reciprocal?.inputs[0] : second, 'Sqrt');
  const shifted = madeBy(deviation?.inputs[0], 'Add');
  const epsilon = scalarOf(shifted?.inputs[1]);
  const square = madeBy(meanOf(shifted?.inputs[0]), 'Mul');
  const [x, mean] = centred?.inputs ?? [];
  if (centred === undefined || deviation === undefined || shifted === undefined || epsilon === undefined)
    return undefined;
  if (x === undefined || meanOf(mean) !== x || !square?.inputs.every((factor) => factor === first)) return undefined;
  return typeof x.shape.at(-1) === 'number'
    ? { epsilon, centred, shifted, deviation, reciprocal, normalized }
    : undefined;
}

/** Replaces the nodes of each pattern by one LayerNormalization; what a gradient needs of them is made from it. */
function recognize(graph: Graph, patterns: readonly Pattern[]): Graph {
  const roles = new Map<Node, (x: Value) => Value>();
  for (const pattern of patterns) {
    let made: ReturnType<typeof layerNormalization> | undefined;
    const parts = () => {
      if (made === undefined) throw new TypeError('a normalisation is used before what it centres');
      return made;
    };
    roles.set(pattern.centred, (x) => {
      made = layerNormalization(x, pattern.epsilon);
      return apply('Mul', [made.normalized, made.deviation]);
    });
    roles.set(pattern.shifted, () => apply('Mul', [parts().deviation, parts().deviation]));
    roles.set(pattern.deviation, () => parts().deviation);
    if (pattern.reciprocal !== undefined) roles.set(pattern.reciprocal, () => parts().reciprocal);
    roles.set(pattern.normalized, () => parts().normalized);
  }
  return roles.size === 0
    ? graph
    : rewrite(graph, (node, _, original) => roles.get(original)?.(node.inputs[0] as Value));
}

const patternsOf = (graph: Graph): Pattern[] => nodesOf(graph).flatMap((node) => patternOf(node) ?? []);

/** Whether nothing but the normalised values is used outside a pattern. */
function isClosed({ centred, shifted, deviation, reciprocal }: Pattern, counts: ReadonlyMap<Value, number>): boolean {
  const inside = [shifted, deviation, ...(reciprocal === undefined ? [] : [reciprocal])];
  const uses = (node: Node): number => counts.get(node.outputs[0] as Value) ?? 0;
  return uses(centred) === 3 && inside.every((node) => uses(node) === 1); // Twice in the square, once in the result.
}

function layerNormalization(x: Value, epsilon: number) {
  const width = Number(x.shape.at(-1));
  const gain = constant(new Float32Array(width).fill(1), [width]);
  const { outputs } = make('LayerNormalization', [x, gain], { axis: x.shape.length - 1, epsilon, statistics: 1 });
  const [normalized, , reciprocal] = outputs as readonly [Value, Value, Value];
  return { normalized, reciprocal, deviation: apply('Reciprocal', [reciprocal]) };
}

const isRowwise = (value: Value, like: Value): boolean =>
  value.shape.length === like.shape.length && value.shape.at(-1) === 1 && like.shape.at(-1) !== 1;

/** x and r of a value x·r, r constant along the last axis. */
function rowFactor(value: Value | undefined): readonly [Value, Value] | undefined {
  const [a, b] = madeBy(value, 'Mul')?.inputs ?? [];
  if (value === undefined || a === undefined || b === undefined) return undefined;
  if (isRowwise(b, value) && sameShape(a.shape, value.shape)) return [a, b];
  return isRowwise(a, value) && sameShape(b.shape, value.shape) ? [b, a] : undefined;
}

/** (x·r)·q = x·(r·q): the small factors are multiplied first. */
const rowFactors: Rule = (node) => {
  const outer = rowFactor(node.outputs[0]);
  const inner = outer && rowFactor(outer[0]);
  return outer && inner && apply('Mul', [inner[0], apply('Mul', [inner[1], outer[1]])]);
};

/** Σ u·(x·r) along the last axis = r·Σ u·x. */
const sumOfRowFactor: Rule = (node) => {
  const [sum] = node.inputs;
  if (node.operation !== 'ReduceSum') return undefined;
  const { axes } = node.attributes;
  const [a, b] = madeBy(sum, 'Mul')?.inputs ?? [];
  if (sum === undefined || a === undefined || b === undefined) return undefined;
  if (axes.length !== 1 || axes[0] !== sum.shape.length - 1) return undefined;
  for (const [u, scaled] of [
    [a, b],
    [b, a],
  ] as const) {
    const [x, r] = rowFactor(scaled) ?? [];
    if (x === undefined || r === undefined || nodeOf(x)?.operation !== 'LayerNormalization') continue;
    const product = apply('ReduceSum', [apply('Mul', [u, x])], { axes, keepdims: 1 });
    return apply('Reshape', [apply('Mul', [product, r])], { shape: node.outputs[0]?.shape ?? [] });
  }
  return undefined;
};

/** A gain and a bias after it, when nothing else needs the plain result. */
const gainAndBias: Rule = (node, uses) => {
  const [scaled, bias] = node.operation === 'Add' ? node.inputs : [];
  const [plain, gain] = madeBy(scaled, 'Mul')?.inputs ?? [];
  const normalization = madeBy(plain, 'LayerNormalization');
  if (scaled === undefined || bias === undefined || plain === undefined || gain === undefined) return undefined;
  if (normalization?.inputs.length !== 2 || uses(plain) > 1 || uses(scaled) > 1) return undefined;
  const [x] = normalization.inputs;
  const isVector = (value: Value) => value.shape.length === 1 && value.shape[0] === plain.shape.at(-1);
  if (x === undefined || !isVector(gain) || !isVector(bias) || plain !== normalization.outputs[0]) return undefined;
  return apply('LayerNormalization', [x, gain, bias], { ...normalization.attributes, statistics: 0 });
};

/** Mean and deviation need no memory when nothing uses them. */
const dropStatistics: Rule = (node, uses, original) => {
  if (node.operation !== 'LayerNormalization' || node.attributes.statistics !== 1) return undefined;
  if (original.outputs.slice(1).some((statistic) => uses(statistic) > 0)) return undefined; // of a new node none is known
  return apply('LayerNormalization', node.inputs, { ...node.attributes, statistics: 0 });
};

/** Recognises normalisation over the last axis, where only its result is used. */
export const normalizeRows: Pass = (graph) => {
  const counts = useCounts(graph);
  const closed = patternsOf(graph).filter((pattern) => isClosed(pattern, counts));
  return rewrite(recognize(graph, closed), gainAndBias, dropStatistics);
};

/**
 * Recognises all normalisation over the last axis, and arranges its gradient around the normalised values. Needs the
 * statistics of LayerNormalization, which onnxruntime gives on the cpu but not on WebGPU.
 */
export const normalizeWithStatistics: Pass = (graph) =>
  rewrite(recognize(graph, patternsOf(graph)), rowFactors, sumOfRowFactor, gainAndBias, dropStatistics);
