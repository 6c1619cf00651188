import type { Size } from './size.ts';

/** Operations that take tensors alone, named as in ONNX (com.microsoft's among them). */
export type PlainOperation =
  | 'Abs'
  | 'Acos'
  | 'Add'
  | 'And'
  | 'Asin'
  | 'Atan'
  | 'BatchSize'
  | 'Ceil'
  | 'Cos'
  | 'Div'
  | 'Elu'
  | 'Equal'
  | 'Erf'
  | 'Exp'
  | 'Floor'
  | 'Greater'
  | 'GreaterOrEqual'
  | 'Less'
  | 'LessOrEqual'
  | 'Log'
  | 'Max'
  | 'Min'
  | 'Mul'
  | 'Neg'
  | 'Not'
  | 'Or'
  | 'Pow'
  | 'QuickGelu'
  | 'Reciprocal'
  | 'Relu'
  | 'Sigmoid'
  | 'Sign'
  | 'Sin'
  | 'Softplus'
  | 'Sqrt'
  | 'Sub'
  | 'Sum'
  | 'Tanh'
  | 'Where';

type Sizes = readonly Size[];
type Along = { readonly axis: number };
type Transposed = { readonly transA: number; readonly transB: number };
type Reduced = { readonly axes: Sizes; readonly keepdims: number };

/** What the other operations take besides tensors; shapes and axes are attributes here, whatever ONNX makes of them. */
export interface AttributeTable {
  readonly ArgMax: Along;
  /** `to`: the place of the dtype in `dtypes`. */
  readonly Cast: { readonly to: number };
  readonly Clip: { readonly min: number; readonly max: number };
  readonly Concat: Along;
  readonly Expand: { readonly shape: Sizes };
  readonly Gather: Along;
  readonly Gemm: Transposed;
  /** With statistics = 1 the mean and the reciprocal standard deviation are results, too. */
  readonly LayerNormalization: Along & { readonly epsilon: number; readonly statistics: number };
  readonly LeakyRelu: { readonly alpha: number };
  /** May transpose the last two axes. */
  readonly MatMul: Transposed;
  /** pads: all starts, then all ends; filled with `value`. */
  readonly Pad: { readonly pads: Sizes; readonly value: number };
  readonly ReduceMax: Reduced;
  readonly ReduceMean: Reduced;
  readonly ReduceMin: Reduced;
  readonly ReduceProd: Reduced;
  readonly ReduceSum: Reduced;
  readonly Reshape: { readonly shape: Sizes };
  /** starts and lengths for every axis. */
  readonly Slice: { readonly starts: Sizes; readonly lengths: Sizes };
  readonly Softmax: Along;
  readonly Split: Along & { readonly split: Sizes };
  readonly Tile: { readonly repeats: Sizes };
  readonly Transpose: { readonly perm: Sizes };
}

/** The name of an operation. */
export type OperationName = PlainOperation | keyof AttributeTable;

/** Operations that reduce axes to one element. */
export type Reduction = Extract<OperationName, `Reduce${string}`>;

/** What an operation takes besides tensors. */
export type AttributesOf<Name extends OperationName> = Name extends keyof AttributeTable
  ? AttributeTable[Name]
  : Readonly<Record<never, never>>;

/** What any operation takes besides tensors. */
export type Attributes = AttributesOf<OperationName>;

/** Attributes as pairs of name and value. */
export const attributeEntries = (attributes: Attributes): [name: string, value: number | Sizes][] =>
  Object.entries(attributes as Readonly<Record<string, number | Sizes>>);
