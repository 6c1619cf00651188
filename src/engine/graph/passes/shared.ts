import { type Attributes, attributeEntries } from '../attributes.ts';
import type { Graph, Value } from '../graph.ts';
import { nodesOf } from '../graph.ts';
import { type Pass, rewrite } from '../rewrite.ts';
import { constantKey } from './constants.ts';

const commutative: ReadonlySet<string> = new Set(['Add', 'Mul', 'Max', 'Min', 'And', 'Or', 'Equal']);

/** Common subexpressions: operations with the same inputs and attributes are done once. */
export const shareCommon: Pass = (graph) => {
  const numbers = numbering(graph);
  const known = new Map<string, readonly Value[]>();
  return rewrite(graph, (node) => {
    const inputs = node.inputs.map(numbers);
    if (commutative.has(node.operation)) inputs.sort();
    const key = `${node.operation}(${inputs})${printAttributes(node.attributes)}`;
    const earlier = known.get(key);
    if (earlier === undefined) known.set(key, node.outputs);
    return earlier;
  });
};

/** A text for each value that equal values share: short constants by content, the rest by identity. */
function numbering(graph: Graph): (value: Value) => string {
  const texts = new Map<Value, string>();
  const text = (value: Value): string => {
    const found = texts.get(value) ?? constantKey(value) ?? `v${texts.size}`;
    texts.set(value, found);
    return found;
  };
  for (const node of nodesOf(graph)) node.inputs.forEach(text);
  return text;
}

const printAttributes = (attributes: Attributes): string =>
  attributeEntries(attributes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join();
