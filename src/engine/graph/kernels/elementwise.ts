import type * as tf from '@tensorflow/tfjs';
import type { PlainOperation } from '../attributes.ts';
import { type DType, scalar, type Value } from '../graph.ts';
import { apply, dtypes } from '../operations.ts';
import { type Kernel, type KernelTable, kernel, variadic } from './kernel.ts';

const unary = (operation: PlainOperation): Kernel => kernel(['x'], ([x]) => apply(operation, [x]));
const binary = (operation: PlainOperation): Kernel => kernel(['a', 'b'], ([a, b]) => apply(operation, [a, b]));

/** A value as another dtype. */
export const cast = (value: Value, dtype: DType): Value =>
  value.dtype === dtype ? value : apply('Cast', [value], { to: dtypes.indexOf(dtype) });

const like = (value: number, other: Value): Value => scalar(value, other.dtype);

/** tanh(x/2) keeps its precision near 0, exp(x) − 1 does not. */
function expm1(x: Value): Value {
  const half = apply('Tanh', [apply('Mul', [x, like(0.5, x)])]);
  return apply('Mul', [half, apply('Add', [apply('Exp', [x]), like(1, x)])]);
}

/** Kahan: with u = 1 + x rounded, log(1 + x) = x·log(u)/(u − 1), and x where u = 1. */
function log1p(x: Value): Value {
  const one = like(1, x);
  const u = apply('Add', [x, one]);
  const tiny = apply('Equal', [u, one]);
  const step = apply('Where', [tiny, one, apply('Sub', [u, one])]);
  const slope = apply('Div', [apply('Where', [tiny, one, apply('Log', [u])]), step]);
  return apply('Mul', [x, slope]);
}

/** Kernels that work element by element, with numpy's broadcasting. */
export const elementwiseKernels: KernelTable = {
  Abs: unary('Abs'),
  Acos: unary('Acos'),
  Asin: unary('Asin'),
  Atan: unary('Atan'),
  Ceil: unary('Ceil'),
  Cos: unary('Cos'),
  Elu: unary('Elu'),
  Erf: unary('Erf'),
  Exp: unary('Exp'),
  Expm1: kernel(['x'], ([x]) => expm1(x)),
  Floor: unary('Floor'),
  Identity: kernel(['x'], ([x]) => x),
  LeakyRelu: kernel(['x'], ([x], { alpha }: tf.LeakyReluAttrs) => apply('LeakyRelu', [x], { alpha })),
  Log: unary('Log'),
  Log1p: kernel(['x'], ([x]) => log1p(x)),
  LogicalNot: unary('Not'),
  Neg: unary('Neg'),
  Reciprocal: unary('Reciprocal'),
  Relu: unary('Relu'),
  Relu6: kernel(['x'], ([x]) => apply('Clip', [x], { min: 0, max: 6 })),
  Rsqrt: kernel(['x'], ([x]) => apply('Reciprocal', [apply('Sqrt', [x])])),
  Sigmoid: unary('Sigmoid'),
  Sign: unary('Sign'),
  Sin: unary('Sin'),
  Softplus: unary('Softplus'),
  Sqrt: unary('Sqrt'),
  Square: kernel(['x'], ([x]) => apply('Mul', [x, x])),
  Step: kernel(['x'], ([x], { alpha = 0 }: Partial<tf.StepAttrs>) =>
    apply('Where', [apply('Greater', [x, like(0, x)]), scalar(1), scalar(alpha)]),
  ),
  Tanh: unary('Tanh'),
  ClipByValue: kernel(['x'], ([x], { clipValueMin, clipValueMax }: tf.ClipByValueAttrs) =>
    apply('Clip', [x], { min: clipValueMin, max: clipValueMax }),
  ),
  Cast: kernel(['x'], ([x], { dtype }: tf.CastAttrs) => cast(x, dtype as DType)),

  Add: binary('Add'),
  AddN: variadic((values) => values.reduce((sum, value) => apply('Add', [sum, value]))),
  Maximum: binary('Max'),
  Minimum: binary('Min'),
  Multiply: binary('Mul'),
  Pow: binary('Pow'),
  RealDiv: binary('Div'),
  SquaredDifference: kernel(['a', 'b'], ([a, b]) => {
    const difference = apply('Sub', [a, b]);
    return apply('Mul', [difference, difference]);
  }),
  Sub: binary('Sub'),
  EluGrad: kernel(['dy', 'y'], ([dy, y]) => {
    const negative = apply('Add', [y, like(1, y)]);
    return apply('Mul', [dy, apply('Where', [apply('GreaterOrEqual', [y, like(0, y)]), like(1, y), negative])]);
  }),

  Equal: binary('Equal'),
  Greater: binary('Greater'),
  GreaterEqual: binary('GreaterOrEqual'),
  Less: binary('Less'),
  LessEqual: binary('LessOrEqual'),
  LogicalAnd: binary('And'),
  LogicalOr: binary('Or'),
  NotEqual: kernel(['a', 'b'], ([a, b]) => apply('Not', [apply('Equal', [a, b])])),
  Select: kernel(['condition', 't', 'e'], ([condition, t, e]) => apply('Where', [condition, t, e])),
};
