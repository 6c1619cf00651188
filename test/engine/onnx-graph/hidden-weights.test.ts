import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { hiddenWeights } from '../../../src/engine/onnx-graph/hidden-weights.ts';
import { readOnnxGraph } from '../../../src/engine/onnx-graph/read.ts';
import { storedGraph } from '../../../src/engine/onnx-graph/stored-graph.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}.onnx`, import.meta.url));

describe('matrices between hidden states', () => {
  it.each(['residual-dynamo', 'transformer-script', 'swiglu-script'])('are told by their places: %s', async (name) => {
    const graph = storedGraph(await readOnnxGraph(fixture(name)));
    const shapes = new Map(graph.parameters.map(([parameter, shape]) => [parameter, shape]));
    const hidden = [...hiddenWeights(graph)].toSorted();
    const others = graph.parameters.flatMap(([one, shape]) =>
      shape.length === 2 && !hidden.includes(one) ? [one] : [],
    );
    expect({ hidden, others: others.toSorted() }).toMatchSnapshot();
    expect(hidden.every((one) => shapes.get(one)?.length === 2)).toBe(true);
  });

  it('are none where nothing is read before or after', () => {
    const node = (operator: string, inputs: string[], output: string) => ({
      ...{ name: output, operator, opset: 17, inputs, outputs: [output], attributes: [] },
    });
    const nodes = [
      node('MatMul', ['x', 'first'], 'a'),
      node('Transpose', ['second'], 'turned'),
      node('MatMul', ['a', 'turned'], 'b'),
      node('MatMul', ['third', 'b'], 'c'),
      node('MatMul', ['a', 'c'], 'no weights'),
      node('Gemm', ['no weights', 'last', 'bias'], 'out'),
    ];
    const square = (name: string): [string, number[]] => [name, [2, 2]];
    const parameters: [string, number[]][] = [...['first', 'second', 'third', 'last'].map(square), ['bias', [2]]];
    expect([...hiddenWeights({ nodes, parameters })]).toEqual(['second', 'third']);
    expect([...hiddenWeights({ nodes: nodes.slice(0, 4), parameters })]).toEqual(['second']);
  });
});
