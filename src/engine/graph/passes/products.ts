import { madeBy, type Value } from '../graph.ts';
import { apply } from '../operations.ts';
import { type Pass, type Rule, rewrite, type Uses } from '../rewrite.ts';
import { broadcast, sameShape } from '../size.ts';

/** A·B + C in two dimensions is one Gemm, when nothing else needs A·B. */
const addToProduct: Rule = (node, uses) => {
  const [a, b] = node.inputs;
  if (node.operation !== 'Add' || a === undefined || b === undefined) return undefined;
  return gemm(a, b, uses) ?? gemm(b, a, uses);
};

function gemm(product: Value, addend: Value, uses: Uses): Value | undefined {
  const node = madeBy(product, 'MatMul');
  if (node === undefined || product.shape.length !== 2 || product.dtype !== 'float32' || uses(product) > 1)
    return undefined;
  if (addend.shape.length > 2 || !sameShape(broadcast(addend.shape, product.shape), product.shape)) return undefined;
  return apply('Gemm', [...node.inputs, addend], node.attributes);
}

/** Sums into products. */
export const mergeProducts: Pass = (graph) => rewrite(graph, addToProduct);
