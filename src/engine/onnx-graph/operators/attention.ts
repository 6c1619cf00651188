/** Scaled dot-product attention of opset 23. */
import * as tf from '@tensorflow/tfjs';
import { DataError } from '../../../ground/errors.ts';
import { expandAll } from '../expand.ts';
import type { Operands } from '../operands.ts';
import { float, int, type OperatorTable, operator } from '../operator.ts';
import { matrixProduct } from '../product.ts';
import { hostValue, kindOf, tensorOf } from '../value.ts';

/** [B, S, H·D] as [B, H, S, D]; what has four dimensions already is that. */
function headsOf(x: tf.Tensor, heads: number): tf.Tensor {
  if (x.rank === 4) return x;
  const [batch = 1, length = 1, width = 1] = x.shape;
  if (x.rank !== 3 || heads < 1 || width % heads !== 0)
    throw new DataError(`expected ${heads} heads, got shape [${x.shape.join(', ')}]`);
  return tf.transpose(tf.reshape(x, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
}

/** Keys or values [B, G, S, D] for H heads: each for as many neighbours. */
function shared(x: tf.Tensor, heads: number): tf.Tensor {
  const [batch = 1, groups = 1, length = 1, width = 1] = x.shape;
  if (groups === heads) return x;
  if (heads % groups !== 0) throw new DataError(`expected ${heads} heads in groups, got ${groups}`);
  const each = tf.mul(tf.reshape(x, [batch, groups, 1, length, width]), tf.ones([1, 1, heads / groups, 1, 1]));
  return tf.reshape(each, [batch, heads, length, width]);
}

/** Scores with −∞, or a low number, where attention must not go. */
function masked(scores: tf.Tensor, operands: Operands, causal: boolean): tf.Tensor {
  const [rows = 1, columns = 1] = scores.shape.slice(-2);
  let result = scores;
  if (operands.has(3)) {
    const mask = operands.value(3);
    result = kindOf(mask) === 'boolean' ? blocked(scores, tensorOf(mask)) : tf.add(scores, tensorOf(mask));
  }
  if (!causal) return result;
  const before = Array.from({ length: rows * columns }, (_, i) => Number(i % columns <= Math.floor(i / columns)));
  return blocked(result, tensorOf(hostValue('boolean', [rows, columns], before)));
}

function blocked(scores: tf.Tensor, allowed: tf.Tensor): tf.Tensor {
  const [test, kept, low] = expandAll(allowed, scores, tf.scalar(Number.NEGATIVE_INFINITY)) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  return tf.where(test, kept, low);
}

const attributes = {
  is_causal: int(0),
  kv_num_heads: int(0),
  q_num_heads: int(0),
  qk_matmul_output_mode: int(0),
  scale: float(undefined),
  softcap: float(0),
  softmax_precision: int(1),
};

/** ONNX's Attention, without a cache of keys and values. */
export const attentionOperators: OperatorTable = {
  Attention: operator([3, 6], attributes, (operands, { is_causal, kv_num_heads, q_num_heads, scale, softcap }) => {
    if (operands.has(4) || operands.has(5)) throw new DataError('a cache of keys and values is not supported');
    const flat = operands.shape(0).length === 3;
    const queries = headsOf(operands.tensor(0), q_num_heads);
    const [, heads = 1, length = 1, width = 1] = queries.shape;
    const keys = shared(headsOf(operands.tensor(1), kv_num_heads), heads);
    const values = shared(headsOf(operands.tensor(2), kv_num_heads), heads);
    const products = tf.mul(matrixProduct(queries, tf.transpose(keys, [0, 1, 3, 2])), scale ?? 1 / Math.sqrt(width));
    const capped = softcap === 0 ? products : tf.mul(tf.tanh(tf.div(products, softcap)), softcap);
    const mixed = matrixProduct(tf.softmax(masked(capped, operands, is_causal === 1)), values); // [B, H, S, D]
    if (!flat) return mixed;
    const [batch = 1, , , out = 1] = mixed.shape;
    return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch, length, heads * out]);
  }),
};
