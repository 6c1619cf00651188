import { GraphError } from '../../ground/errors.ts';
import type { Attributes, Node, Value } from '../graph/graph.ts';
import { type OperationName, sizes } from '../graph/operations.ts';
import { plain, type Size, sameSize } from '../graph/size.ts';
import { float, int, ints, type Lowering, type OnnxAttribute } from './lowering.ts';

/** Adds the ONNX form of a node of one kind. */
type Rule = (lowering: Lowering, node: Node) => void;

const namesOf = (lowering: Lowering, values: readonly Value[]): string[] => values.map((value) => lowering.name(value));

/** An operation that ONNX has in the same form, without attributes. */
const plainly: Rule = (lowering, node) =>
  lowering.emit(node.operation, namesOf(lowering, node.inputs), namesOf(lowering, node.outputs));

/** As `plainly`, with attributes made of ours. */
const attributed =
  (attributes: (ours: Attributes) => Record<string, OnnxAttribute>): Rule =>
  (lowering, node) =>
    lowering.emit(
      node.operation,
      namesOf(lowering, node.inputs),
      namesOf(lowering, node.outputs),
      attributes(node.attributes),
    );

/** An operation whose sizes ONNX takes as a tensor after the inputs. */
const sized =
  (attribute: string): Rule =>
  (lowering, node) =>
    lowering.emit(
      node.operation,
      [...namesOf(lowering, node.inputs), lowering.sizes(sizes(node.attributes, attribute))],
      namesOf(lowering, node.outputs),
    );

const axis = attributed((ours) => ({ axis: int(Number(ours.axis)) }));

/** Reductions took their axes as an attribute until opset 17 (ReduceSum until 12). */
const reduction: Rule = (lowering, node) => {
  const axes = plain(sizes(node.attributes, 'axes'));
  const asInput = lowering.dialect.opset >= 18 || node.operation === 'ReduceSum';
  const inputs = namesOf(lowering, node.inputs);
  lowering.emit(
    node.operation,
    asInput ? [...inputs, lowering.integers(axes)] : inputs,
    namesOf(lowering, node.outputs),
    { keepdims: int(Number(node.attributes.keepdims)), ...(asInput ? {} : { axes: ints(axes) }) },
  );
};

const onnxTypes: Readonly<Record<number, number>> = { 0: 1, 1: 6, 2: 9 };

/** One unknown size is 0 (kept from the input) or −1; more are computed. */
const reshape: Rule = (lowering, node) => {
  const shape = sizes(node.attributes, 'shape');
  const unknown = shape.filter((size) => typeof size === 'object').length;
  const target =
    unknown === 1
      ? lowering.integers(shape.map((size) => (typeof size === 'number' ? size : -1)))
      : lowering.sizes(shape);
  lowering.emit('Reshape', [...namesOf(lowering, node.inputs), target], namesOf(lowering, node.outputs));
};

const toTheEnd = 2 ** 53;

const slice: Rule = (lowering, node) => {
  const full = node.inputs[0]?.shape ?? [];
  const starts = sizes(node.attributes, 'starts');
  const lengths = sizes(node.attributes, 'lengths');
  const axes = full.flatMap((size, index) => (sameSize(size, lengths[index]) ? [] : [index]));
  const ends = axes.map((index) => sum(starts[index] ?? 0, lengths[index] ?? 0));
  lowering.emit(
    'Slice',
    [
      ...namesOf(lowering, node.inputs),
      lowering.sizes(axes.map((index) => starts[index] ?? 0)),
      lowering.sizes(axes.map((index, i) => (sameSize(full[index], ends[i]) ? toTheEnd : (ends[i] ?? 0)))),
      lowering.integers(axes),
    ],
    namesOf(lowering, node.outputs),
  );
};

function sum(a: Size, b: Size): Size {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (a === 0) return b;
  if (typeof a === 'object' && typeof b === 'object') return { batch: a.batch + b.batch };
  throw new GraphError('Slice: a bound that mixes batch and number is not supported');
}

/** Without transposition MatMul; in two dimensions Gemm; else FusedMatMul, or Transpose and MatMul. */
const matMul: Rule = (lowering, node) => {
  const { transA, transB } = node.attributes;
  const outputs = namesOf(lowering, node.outputs);
  const inputs = namesOf(lowering, node.inputs);
  if (transA !== 1 && transB !== 1) return lowering.emit('MatMul', inputs, outputs);
  const attributes = { transA: int(Number(transA)), transB: int(Number(transB)) };
  if (node.inputs.every(({ shape }) => shape.length === 2)) return lowering.emit('Gemm', inputs, outputs, attributes);
  if (lowering.dialect.vendor) return lowering.emit('FusedMatMul', inputs, outputs, attributes, 'com.microsoft');
  const straight = node.inputs.map((input, index) => {
    if ((index === 0 ? transA : transB) !== 1) return inputs[index] ?? '';
    const rank = input.shape.length;
    const perm = Array.from({ length: rank }, (_, place) => (place < rank - 2 ? place : 2 * rank - 3 - place));
    const name = lowering.naming.fresh(`${inputs[index]}_transposed`);
    lowering.emit('Transpose', [inputs[index] ?? ''], [name], { perm: ints(perm) });
    return name;
  });
  lowering.emit('MatMul', straight, outputs);
};

const rules: Partial<Record<OperationName, Rule>> = {
  ArgMax: (lowering, node) => {
    const wide = lowering.naming.fresh('argmax');
    const attributes = { axis: int(Number(node.attributes.axis)), keepdims: int(0) };
    lowering.emit('ArgMax', namesOf(lowering, node.inputs), [wide], attributes);
    lowering.emit('Cast', [wide], namesOf(lowering, node.outputs), { to: int(6) });
  },
  BatchSize: (lowering, node) => {
    const size = lowering.naming.fresh('batch_scalar');
    lowering.emit('Squeeze', [lowering.batch(1)], [size]);
    lowering.emit('Cast', [size], namesOf(lowering, node.outputs), { to: int(1) });
  },
  Cast: attributed(({ to }) => ({ to: int(onnxTypes[Number(to)] ?? 1) })),
  Clip: (lowering, node) => {
    const bounds = [node.attributes.min, node.attributes.max].map((bound) =>
      lowering.single(Number(bound), node.inputs[0]?.dtype ?? 'float32'),
    );
    lowering.emit('Clip', [...namesOf(lowering, node.inputs), ...bounds], namesOf(lowering, node.outputs));
  },
  Concat: axis,
  Expand: sized('shape'),
  Gather: axis,
  Gemm: attributed(({ transA, transB }) => ({ transA: int(Number(transA)), transB: int(Number(transB)) })),
  LayerNormalization: attributed(({ axis, epsilon }) => ({
    axis: int(Number(axis)),
    epsilon: float(Number(epsilon)),
  })),
  LeakyRelu: attributed(({ alpha }) => ({ alpha: float(Number(alpha)) })),
  MatMul: matMul,
  Pad: (lowering, node) =>
    lowering.emit(
      'Pad',
      [
        ...namesOf(lowering, node.inputs),
        lowering.sizes(sizes(node.attributes, 'pads')),
        lowering.single(Number(node.attributes.value), node.inputs[0]?.dtype ?? 'float32'),
      ],
      namesOf(lowering, node.outputs),
    ),
  QuickGelu: (lowering, node) =>
    lowering.emit(
      'QuickGelu',
      namesOf(lowering, node.inputs),
      namesOf(lowering, node.outputs),
      { alpha: float(1) },
      'com.microsoft',
    ),
  ReduceMax: reduction,
  ReduceMean: reduction,
  ReduceMin: reduction,
  ReduceProd: reduction,
  ReduceSum: reduction,
  Reshape: reshape,
  Slice: slice,
  Softmax: axis,
  Split: (lowering, node) =>
    lowering.emit(
      'Split',
      [...namesOf(lowering, node.inputs), lowering.sizes(sizes(node.attributes, 'split'))],
      namesOf(lowering, node.outputs),
      { axis: int(Number(node.attributes.axis)) },
    ),
  Tile: sized('repeats'),
  Transpose: attributed((ours) => ({ perm: ints(plain(sizes(ours, 'perm'))) })),
};

/** Adds the ONNX form of a node. */
export function lower(lowering: Lowering, node: Node): void {
  const rule = rules[node.operation] ?? plainly;
  rule(lowering, node);
}
