/** Gradients that compute the forward pass again: the same bytes, with less kept between. */
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { type CompileOptions, compile, programOf, traceGraph } from '../../../src/engine/compile.ts';
import { valueAndGradients } from '../../../src/engine/graph/gradient.ts';
import { type Graph, type Node, nodeOf, nodesOf, scalar, type Value } from '../../../src/engine/graph/graph.ts';
import { named } from '../../../src/engine/graph/named.ts';
import { make } from '../../../src/engine/graph/operations.ts';
import { optimize } from '../../../src/engine/graph/optimize.ts';
import { cpuEngine, type TensorFunction, type TensorSpec } from '../../../src/engine/graph/program.ts';
import { lately } from '../../../src/engine/graph/recompute/order.ts';
import { recompute, type StepParts } from '../../../src/engine/graph/recompute/recompute.ts';
import { segmentsOf } from '../../../src/engine/graph/recompute/segments.ts';
import type { Size } from '../../../src/engine/graph/size.ts';
import { sizeOf } from '../../../src/ground/host-tensor.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import { headShapes } from '../../../src/heads/network/config.ts';
import { applyHead, modulate } from '../../../src/heads/network/skeleton.ts';

const config = { token: 4, condition: 24, width: 32, depth: 6, timeScale: 1 };
const shapes = headShapes(config);
const batchSpecs = (contexts: number, draws: number): Readonly<Record<string, TensorSpec>> => ({
  x: { shape: [contexts, draws, config.token] },
  target: { shape: [contexts, draws, config.token] },
  t: { shape: [contexts] },
  c: { shape: [contexts, config.condition] },
});
const weightSpecs = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, { shape }]));
const specs = { ...batchSpecs(32, 3), ...weightSpecs };

/** A step of a head of six blocks: the loss, and all gradients. */
const step: TensorFunction = (inputs) => {
  const weights = Object.fromEntries(Object.keys(shapes).map((name) => [name, named(inputs, name)]));
  const { values, gradients } = valueAndGradients((parameters) => {
    const modulations = modulate(parameters, config, named(inputs, 't'), named(inputs, 'c'));
    const velocity = applyHead(parameters, named(inputs, 'x'), modulations);
    return { loss: tf.mean(tf.square(tf.sub(velocity, named(inputs, 'target')))) };
  }, weights);
  return { ...values, ...Object.fromEntries(Object.entries(gradients).map(([name, d]) => [`d.${name}`, d])) };
};
const parts: StepParts = {
  batch: (input) => Object.hasOwn(batchSpecs(1, 1), input),
  forward: (output) => output === 'loss',
};

const feeds = Object.fromEntries(
  Object.entries(specs).map(([name, { shape }]) => {
    const data = stream('recompute', name).normal(sizeOf(shape.map(Number)));
    return [name, { shape: shape.map(Number), data: data.map((value) => value / 8) }];
  }),
);

async function outputsOf(options: Pick<CompileOptions, 'recomputed' | 'precision' | 'learnt'>) {
  const program = await compile(step, specs, { engine: cpuEngine(), ...options });
  const outputs = await program.run(feeds);
  await program.dispose();
  return outputs;
}

/** The most bytes of the batch's values that are alive at once, where each node runs as soon as those before it in this order. */
function most(graph: Graph, order: readonly Node[]): number {
  const moving = new Set<Value>(
    graph.inputs.filter(({ source }) => source.kind === 'input' && parts.batch(source.name)),
  );
  for (const { inputs, outputs } of order)
    if (inputs.some((input) => moving.has(input))) for (const output of outputs) moving.add(output);
  const last = new Map<Value, number>();
  for (const [place, { inputs, outputs }] of order.entries())
    for (const value of [...inputs, ...outputs]) last.set(value, place);
  const bytes = ({ shape }: Value): number => 4 * sizeOf(shape.map(Number));
  let [alive, greatest] = [0, 0];
  for (const [place, { inputs, outputs }] of order.entries()) {
    for (const value of outputs) if (moving.has(value)) alive += bytes(value);
    greatest = Math.max(greatest, alive);
    for (const value of new Set([...inputs, ...outputs]))
      if (last.get(value) === place && moving.has(value) && nodeOf(value)) alive -= bytes(value);
  }
  return greatest;
}

/** onnxruntime's order: what each output needs, one after another. */
function depthFirst(graph: Graph): Node[] {
  const placed = new Set<Node>();
  const place = (node: Node): void => {
    if (placed.has(node)) return;
    for (const input of node.inputs) {
      const producer = nodeOf(input);
      if (producer) place(producer);
    }
    placed.add(node);
  };
  for (const value of Object.values(graph.outputs)) place(nodeOf(value) as Node);
  return [...placed];
}

describe('a step whose activations are computed again', () => {
  it.each(['float32', 'int8'] as const)('gives the bytes of one that keeps them, in %s', async (precision) => {
    const options = { precision, learnt: (input: string) => !parts.batch(input) };
    const kept = await outputsOf(options);
    const again = await outputsOf({ ...options, recomputed: parts });
    expect(Object.keys(again)).toEqual(Object.keys(kept));
    expect(Object.keys(again).length).toBeGreaterThan(30);
    for (const [name, { data }] of Object.entries(kept)) expect([name, again[name]?.data]).toEqual([name, data]);
  });

  it.each([
    ['each with its own context', 96, 1],
    ['that share contexts', 32, 3],
  ] as const)('keeps less, in whatever order its runtime takes, of samples %s', (_, contexts, draws) => {
    const graph = optimize(traceGraph(step, { ...batchSpecs(contexts, draws), ...weightSpecs }), 'cpu');
    const made = recompute(graph, parts);
    const [before, after] = [graph, made].map((each) => most(each, depthFirst(each))) as [number, number];
    expect(after).toBeLessThan(before / 2.5);
    expect(most(made, nodesOf(made))).toBeLessThan(most(graph, nodesOf(graph)) / 2);
  });

  it('makes each block’s products once more, but the last’s and those of weights alone', () => {
    const graph = optimize(traceGraph(step, specs), 'cpu');
    const products = (each: Graph): number =>
      nodesOf(each).filter(({ operation }) => operation === 'Gemm' || operation === 'MatMul').length;
    const forward = products({ inputs: graph.inputs, outputs: { loss: graph.outputs.loss as Value } });
    const more = products(recompute(graph, parts)) - products(graph);
    expect(more).toBeGreaterThan(forward / 2);
    expect(more).toBeLessThan(forward);
  });

  it('reads weights where they are', () => {
    const graph = optimize(traceGraph(step, specs), 'cpu');
    const copied = nodesOf(recompute(graph, parts)).filter(
      ({ operation, inputs: [value, other] }) =>
        operation === 'Add' &&
        value?.source.kind === 'input' &&
        !parts.batch(value.source.name) &&
        other?.shape.length === 0,
    );
    expect(copied).toEqual([]);
  });

  it('waits for gradients without a number of theirs, be they infinite', async () => {
    const of = (operation: 'Tanh' | 'Log', value: Value): Value => make(operation, [value]).outputs[0] as Value;
    const both = (operation: 'Mul' | 'Sub' | 'Less', ...values: Value[]): Value =>
      make(operation, values).outputs[0] as Value;
    const chain = [of('Tanh', input(64))];
    for (let i = 1; i < 12; i++) chain.push(of('Tanh', chain[i - 1] as Value));
    const [first, last] = [chain[0] as Value, chain.at(-1) as Value];
    const infinite = of('Log', both('Sub', last, last)); // what only the first segment's gradient takes, and leaves out
    const gradient = chain.slice(1, -1).reduceRight((value, each) => both('Mul', value, each), last);
    const chosen = make('Where', [both('Less', first, scalar(9)), both('Mul', gradient, first), infinite]);
    const graph: Graph = {
      inputs: [inputOf(first)],
      outputs: {
        loss: make('ReduceSum', [last], { axes: [0], keepdims: 0 }).outputs[0] as Value,
        d: chosen.outputs[0] as Value,
      },
    };
    const signature = { inputs: { x: { shape: [64] } }, outputs: ['loss', 'd'] };
    const again = { batch: () => true, forward: (name: string) => name === 'loss' };
    const found = await Promise.all(
      [undefined, again].map(async (recomputed) => {
        const program = await programOf(graph, signature, { engine: cpuEngine(), precision: 'float32', recomputed });
        return program.run({ x: { shape: [64], data: stream('waits').normal(64) } });
      }),
    );
    expect(recompute(optimize(graph, 'cpu'), again)).not.toBe(graph);
    expect(found[0]?.d?.data.every(Number.isFinite)).toBe(true);
    expect(found[1]).toEqual(found[0]);
  });

  it('is the same graph where nothing can be saved', () => {
    const graph = optimize(
      traceGraph(({ x }) => ({ loss: tf.sum(x as tf.Tensor), other: tf.mul(x as tf.Tensor, 2) }), {
        x: { shape: [4] },
      }),
      'cpu',
    );
    expect(recompute(graph, { batch: () => true, forward: (name) => name === 'loss' })).toBe(graph);
  });
});

const inputOf = (value: Value): Value => nodeOf(value)?.inputs[0] as Value;

const input = (size: Size): Value => ({ shape: [size], dtype: 'float32', source: { kind: 'input', name: 'x' } });

it('what is quickly made comes when it is needed, on whichever side', () => {
  const gate = make('Sigmoid', [input(1)]);
  const stream = make('Tanh', make('Tanh', [input(1)]).outputs);
  const sum = make('Add', [...gate.outputs, ...stream.outputs]);
  const [first] = stream.inputs.map(nodeOf);
  expect(lately([gate, first as Node, stream, sum])).toEqual([first, stream, gate, sum]);
});

describe('the segments of a forward pass', () => {
  /** A chain of equal values, all of which gradients use. */
  const chain = (length: number, size: Size = 1): Node[] => {
    const nodes: Node[] = [];
    let value = input(size);
    for (let i = 0; i < length; i++) {
      const node = make('Tanh', [value]);
      nodes.push(node);
      value = node.outputs[0] as Value;
    }
    return nodes;
  };

  it('of a chain take twice the root of its memory', () => {
    const { segments, kept, bytes } = segmentsOf(chain(100), () => true);
    expect(bytes.whole).toBe(400);
    expect(bytes.planned).toBeLessThanOrEqual(4 * 2 * 10);
    expect(segments.flat()).toHaveLength(100);
    expect(segments.length).toBeGreaterThan(5);
    expect(kept.size).toBe(segments.length - 1 + (segments.at(-1)?.length ?? 0)); // what crosses each cut, and all of the last
  });

  it('count a symbolic batch', () => {
    expect(segmentsOf(chain(4, { batch: 2 }), () => true).bytes.whole).toBe(4 * 4 * 2048);
  });

  it('are cut where little crosses', () => {
    const nodes: Node[] = [];
    let narrow = input(1);
    for (let block = 0; block < 8; block++) {
      const wide = make('Expand', [narrow], { shape: [64] });
      const wider = make('Tanh', wide.outputs);
      const sum = make('ReduceSum', wider.outputs, { axes: [0], keepdims: 1 });
      nodes.push(wide, wider, sum);
      narrow = sum.outputs[0] as Value;
    }
    const { segments } = segmentsOf(nodes, ({ shape }) => shape[0] === 64);
    for (const segment of segments) expect(segment.at(-1)?.operation).toBe('ReduceSum');
    expect(segments.length).toBeGreaterThan(3);
  });

  it('are one where gradients use nothing', () => {
    const { segments, bytes } = segmentsOf(chain(5), () => false);
    expect(segments).toHaveLength(1);
    expect(bytes).toEqual({ whole: 0, planned: 0 });
  });
});
