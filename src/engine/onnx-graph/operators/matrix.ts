/** Matrix products. */
import * as tf from '@tensorflow/tfjs';
import { DataError } from '../../../ground/errors.ts';
import { einsum } from '../einsum.ts';
import { float, int, type OperatorTable, operator, text } from '../operator.ts';
import { matrixProduct } from '../product.ts';

const scaled = (x: tf.Tensor, factor: number): tf.Tensor => (factor === 1 ? x : tf.mul(x, factor));

const turned = (x: tf.Tensor, turn: number): tf.Tensor => {
  if (x.rank !== 2) throw new DataError(`expected a matrix, got shape [${x.shape.join(', ')}]`);
  return turn === 1 ? tf.transpose(x) : x;
};

/** ONNX's matrix products. */
export const matrixOperators: OperatorTable = {
  Einsum: operator([1, 64], { equation: text('') }, (operands, { equation }) =>
    einsum(
      equation,
      operands.all.map((_, index) => operands.tensor(index)),
    ),
  ),
  Gemm: operator(
    [2, 3],
    { alpha: float(1), beta: float(1), transA: int(0), transB: int(0) },
    (operands, { alpha, beta, transA, transB }) => {
      const product = matrixProduct(turned(operands.tensor(0), transA), turned(operands.tensor(1), transB));
      const bias = operands.tensorIf(2);
      return bias === undefined ? scaled(product, alpha) : tf.add(scaled(product, alpha), scaled(bias, beta));
    },
  ),
  MatMul: operator(2, {}, (operands) => matrixProduct(operands.tensor(0), operands.tensor(1))),
};
