/**
 * Three repairs of the gradients of tfjs 4.22.
 *
 * A kernel whose gradient uses the kernel's *output* saves a copy of it, and the copy stands on the tape before the
 * kernel does: a gradient of the gradient then passes the copy by and loses the terms behind it (2% of a gradient
 * through a derivative of silu, say). Saving the inputs and computing the output anew is right for every order, and
 * costs a traced program nothing, since it computes common subexpressions once. `tf.logSoftmax` (a custom gradient)
 * has the same fault and is right for first gradients only.
 *
 * Most comparisons have no gradient at all, so that `tf.where` on a condition that depends on a parameter fails; their
 * gradient is zero.
 *
 * A number that is made an integer passes its gradient on, and indices that depend on a parameter get a gradient of
 * integers, which tfjs then refuses; both gradients are zero.
 */
import * as tf from '@tensorflow/tfjs';

interface Recomputation {
  readonly inputs: readonly string[];
  /** The kernel's function of the inputs. */
  readonly output: (inputs: readonly tf.Tensor[], attributes: tf.NamedAttrMap) => tf.Tensor;
}

const unary = (f: (x: tf.Tensor) => tf.Tensor): Recomputation => ({
  inputs: ['x'],
  output: ([x]) => f(x as tf.Tensor),
});

const recomputations: Readonly<Record<string, Recomputation>> = {
  Exp: unary(tf.exp),
  Sigmoid: unary(tf.sigmoid),
  Tanh: unary(tf.tanh),
  Softmax: { inputs: ['logits'], output: ([logits], { dim }) => tf.softmax(logits as tf.Tensor, Number(dim)) },
};

/** Kernels of booleans, with their inputs, whose gradient is zero. */
const steps: Readonly<Record<string, readonly string[]>> = {
  Equal: ['a', 'b'],
  Greater: ['a', 'b'],
  Less: ['a', 'b'],
  LessEqual: ['a', 'b'],
  LogicalAnd: ['a', 'b'],
  LogicalNot: ['x'],
  LogicalOr: ['a', 'b'],
  NotEqual: ['a', 'b'],
};

/** Gradients by what the kernel's own is. */
const discrete: Readonly<Record<string, (own: tf.GradFunc) => tf.GradFunc>> = {
  Cast: (own) => (dy, saved, attributes) =>
    attributes.dtype === 'float32' ? own(dy, saved, attributes) : { x: () => tf.zeros((dy as tf.Tensor).shape) },
  GatherV2: (own) => (dy, saved, attributes) => ({
    ...own(dy, saved, attributes),
    indices: () => tf.zeros(saved[1]?.shape ?? []),
  }),
};

/** A gradient of ours by which they are all known to be in place. */
let ours: tf.GradConfig | undefined;

/** Registers the repaired gradients, anew where another copy of tfjs that was loaded since has put its own in their place. */
export function repairGradients(): void {
  if (ours !== undefined && tf.getGradient('Exp') === ours) return;
  for (const [kernelName, inputs] of Object.entries(steps)) {
    const gradFunc: tf.GradFunc = (_, saved) =>
      Object.fromEntries(inputs.map((name, index) => [name, () => tf.zeros(saved[index]?.shape ?? [])]));
    tf.registerGradient({ kernelName, inputsToSave: [...inputs], gradFunc });
  }
  for (const [kernelName, repair] of Object.entries(discrete)) {
    const original = tf.getGradient(kernelName);
    if (original !== undefined) tf.registerGradient({ ...original, gradFunc: repair(original.gradFunc) });
  }
  for (const [kernelName, { inputs, output }] of Object.entries(recomputations)) {
    const original = tf.getGradient(kernelName);
    if (original?.outputsToSave === undefined) continue; // Repaired already.
    tf.registerGradient({
      kernelName,
      inputsToSave: [...inputs],
      gradFunc: (dy, saved, attributes) => original.gradFunc(dy, [output(saved, attributes)], attributes),
    });
  }
  ours = tf.getGradient('Exp');
}
