import { type Attributes, attributeEntries } from '../../../src/engine/graph/attributes.ts';
import type { Graph, Value } from '../../../src/engine/graph/graph.ts';
import { constantData, nodesOf } from '../../../src/engine/graph/graph.ts';
import { nameValues } from '../../../src/engine/graph/naming.ts';
import { printShape } from '../../../src/engine/graph/size.ts';

/** A graph as text, a line for each operation: `h3 = Gemm(x, w0, b0; transB=1) : float32[batch, 512]`. */
export function print(graph: Graph): string {
  const naming = nameValues(graph);
  const typed = (value: Value) => `${value.dtype}${printShape(value.shape)}`;
  const operand = (value: Value): string => {
    const data = constantData(value);
    if (data === undefined || (value.source.kind === 'constant' && value.source.name !== undefined))
      return naming.nameOf(value);
    return data.length === 1 ? rounded(data[0] ?? 0) : `${naming.nameOf(value)}:${typed(value)}`;
  };
  const lines = nodesOf(graph).map(({ operation, inputs, outputs, attributes }) => {
    const details = printAttributes(attributes);
    const call = `${operation}(${inputs.map(operand).join(', ')}${details === '' ? '' : `; ${details}`})`;
    return `${outputs.map((value) => naming.nameOf(value)).join(', ')} = ${call} : ${outputs.map(typed).join(', ')}`;
  });
  const inputs = graph.inputs.map((value) => `input ${naming.nameOf(value)} : ${typed(value)}`);
  const outputs = Object.values(graph.outputs).map((value, index) => {
    const name = naming.outputs[index] ?? '';
    return naming.nameOf(value) === name ? `output ${name}` : `output ${name} = ${operand(value)}`;
  });
  return [...inputs, ...lines, ...outputs].join('\n');
}

/** Float32 numbers have no more digits than this. */
const rounded = (value: number): string => String(Number(value.toPrecision(6)));

const printAttributes = (attributes: Attributes): string =>
  attributeEntries(attributes)
    .filter(([, value]) => value !== 0)
    .map(([name, value]) => `${name}=${typeof value === 'object' ? printShape(value) : rounded(value)}`)
    .join(', ');
