import { GraphError } from '../../ground/errors.ts';
import type { AttributesOf, OperationName, Reduction } from '../graph/attributes.ts';
import type { Node, NodeOf, Value } from '../graph/graph.ts';
import { plain, type Size, sameSize } from '../graph/size.ts';
import { float, int, ints, type Lowering, type OnnxAttribute } from './lowering.ts';

/** Adds the ONNX form of a node of one kind. */
type Rule<Name extends OperationName> = (lowering: Lowering, node: NodeOf<Name>) => void;

const namesOf = (lowering: Lowering, values: readonly Value[]): string[] => values.map((value) => lowering.name(value));

/** An operation that ONNX has in the same form, without attributes. */
const plainly: Rule<OperationName> = (lowering, node) =>
  lowering.emit(node.operation, namesOf(lowering, node.inputs), namesOf(lowering, node.outputs));

/** As `plainly`, with attributes made of ours. */
const attributed =
  <Name extends OperationName>(attributes: (ours: AttributesOf<Name>) => Record<string, OnnxAttribute>): Rule<Name> =>
  (lowering, node) =>
    lowering.emit(
      node.operation,
      namesOf(lowering, node.inputs),
      namesOf(lowering, node.outputs),
      attributes(node.attributes),
    );

/** An operation whose sizes ONNX takes as a tensor after the inputs. */
const sized =
  <Name extends OperationName>(sizesOf: (ours: AttributesOf<Name>) => readonly Size[]): Rule<Name> =>
  (lowering, node) =>
    lowering.emit(
      node.operation,
      [...namesOf(lowering, node.inputs), lowering.sizes(sizesOf(node.attributes))],
      namesOf(lowering, node.outputs),
    );

const along = ({ axis }: { readonly axis: number }): Record<string, OnnxAttribute> => ({ axis: int(axis) });

/** Reductions took their axes as an attribute until opset 17 (ReduceSum until 12). */
const reduction: Rule<Reduction> = (lowering, node) => {
  const axes = plain(node.attributes.axes);
  const asInput = lowering.dialect.opset >= 18 || node.operation === 'ReduceSum';
  const inputs = namesOf(lowering, node.inputs);
  lowering.emit(
    node.operation,
    asInput ? [...inputs, lowering.integers(axes)] : inputs,
    namesOf(lowering, node.outputs),
    { keepdims: int(node.attributes.keepdims), ...(asInput ? {} : { axes: ints(axes) }) },
  );
};

const onnxTypes: Readonly<Record<number, number>> = { 0: 1, 1: 6, 2: 9 };

/** One unknown size is 0 (kept from the input) or −1; more are computed. */
const reshape: Rule<'Reshape'> = (lowering, node) => {
  const { shape } = node.attributes;
  const unknown = shape.filter((size) => typeof size === 'object').length;
  const target =
    unknown === 1
      ? lowering.integers(shape.map((size) => (typeof size === 'number' ? size : -1)))
      : lowering.sizes(shape);
  lowering.emit('Reshape', [...namesOf(lowering, node.inputs), target], namesOf(lowering, node.outputs));
};

const toTheEnd = 2 ** 53;

const slice: Rule<'Slice'> = (lowering, node) => {
  const full = node.inputs[0]?.shape ?? [];
  const { starts, lengths } = node.attributes;
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
const matMul: Rule<'MatMul'> = (lowering, node) => {
  const { transA, transB } = node.attributes;
  const outputs = namesOf(lowering, node.outputs);
  const inputs = namesOf(lowering, node.inputs);
  if (transA !== 1 && transB !== 1) return lowering.emit('MatMul', inputs, outputs);
  const attributes = { transA: int(transA), transB: int(transB) };
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

/** The ONNX form of every operation: one that is not named here is no operation. */
const rules: { readonly [Name in OperationName]: Rule<Name> } = {
  Abs: plainly,
  Acos: plainly,
  Add: plainly,
  And: plainly,
  ArgMax: (lowering, node) => {
    const wide = lowering.naming.fresh('argmax');
    const attributes = { ...along(node.attributes), keepdims: int(0) };
    lowering.emit('ArgMax', namesOf(lowering, node.inputs), [wide], attributes);
    lowering.emit('Cast', [wide], namesOf(lowering, node.outputs), { to: int(6) });
  },
  Asin: plainly,
  Atan: plainly,
  BatchSize: (lowering, node) => {
    const size = lowering.naming.fresh('batch_scalar');
    lowering.emit('Squeeze', [lowering.batch(1)], [size]);
    lowering.emit('Cast', [size], namesOf(lowering, node.outputs), { to: int(1) });
  },
  Cast: attributed<'Cast'>(({ to }) => ({ to: int(onnxTypes[to] ?? 1) })),
  Ceil: plainly,
  Clip: (lowering, node) => {
    const bounds = [node.attributes.min, node.attributes.max].map((bound) =>
      lowering.single(bound, node.inputs[0]?.dtype ?? 'float32'),
    );
    lowering.emit('Clip', [...namesOf(lowering, node.inputs), ...bounds], namesOf(lowering, node.outputs));
  },
  Concat: attributed<'Concat'>(along),
  Cos: plainly,
  Div: plainly,
  Elu: plainly,
  Equal: plainly,
  Erf: plainly,
  Exp: plainly,
  Expand: sized<'Expand'>(({ shape }) => shape),
  Floor: plainly,
  Gather: attributed<'Gather'>(along),
  Gemm: attributed<'Gemm'>(({ transA, transB }) => ({ transA: int(transA), transB: int(transB) })),
  Greater: plainly,
  GreaterOrEqual: plainly,
  LayerNormalization: attributed<'LayerNormalization'>(({ axis, epsilon }) => ({
    axis: int(axis),
    epsilon: float(epsilon),
  })),
  LeakyRelu: attributed<'LeakyRelu'>(({ alpha }) => ({ alpha: float(alpha) })),
  Less: plainly,
  LessOrEqual: plainly,
  Log: plainly,
  MatMul: matMul,
  Max: plainly,
  Min: plainly,
  Mul: plainly,
  Neg: plainly,
  Not: plainly,
  Or: plainly,
  Pad: (lowering, node) =>
    lowering.emit(
      'Pad',
      [
        ...namesOf(lowering, node.inputs),
        lowering.sizes(node.attributes.pads),
        lowering.single(node.attributes.value, node.inputs[0]?.dtype ?? 'float32'),
      ],
      namesOf(lowering, node.outputs),
    ),
  Pow: plainly,
  QuickGelu: (lowering, node) =>
    lowering.emit(
      'QuickGelu',
      namesOf(lowering, node.inputs),
      namesOf(lowering, node.outputs),
      { alpha: float(1) },
      'com.microsoft',
    ),
  Reciprocal: plainly,
  ReduceMax: reduction,
  ReduceMean: reduction,
  ReduceMin: reduction,
  ReduceProd: reduction,
  ReduceSum: reduction,
  Relu: plainly,
  Reshape: reshape,
  Sigmoid: plainly,
  Sign: plainly,
  Sin: plainly,
  Slice: slice,
  Softmax: attributed<'Softmax'>(along),
  Softplus: plainly,
  Split: (lowering, node) =>
    lowering.emit(
      'Split',
      [...namesOf(lowering, node.inputs), lowering.sizes(node.attributes.split)],
      namesOf(lowering, node.outputs),
      along(node.attributes),
    ),
  Sqrt: plainly,
  Sub: plainly,
  Sum: plainly,
  Tanh: plainly,
  Tile: sized<'Tile'>(({ repeats }) => repeats),
  Transpose: attributed<'Transpose'>(({ perm }) => ({ perm: ints(plain(perm)) })),
  Where: plainly,
};

/** Adds the ONNX form of a node. */
export const lower = (lowering: Lowering, node: Node): void => lowerBy(lowering, node);

function lowerBy<Name extends OperationName>(lowering: Lowering, node: NodeOf<Name>): void {
  const rule: Rule<Name> = rules[node.operation];
  rule(lowering, node);
}
