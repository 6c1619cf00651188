/**
 * A repair of tfjs 4.22. A kernel whose gradient uses the kernel's *output* saves a copy of it, and the copy stands on
 * the tape before the kernel does: a gradient of the gradient then passes the copy by and loses the terms behind it
 * (7% of the gradient through a derivative of tanh, say). Saving the inputs and computing the output anew is right for
 * every order, and costs a traced program nothing, since it computes common subexpressions once. `tf.logSoftmax`
 * (a custom gradient) has the same fault and is right for first gradients only.
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

/** Registers the repaired gradients; tfjs keeps them for good. */
export function repairGradients(): void {
  for (const [kernelName, { inputs, output }] of Object.entries(recomputations)) {
    const original = tf.getGradient(kernelName);
    if (original?.outputsToSave === undefined) continue; // Repaired already.
    tf.registerGradient({
      kernelName,
      inputsToSave: [...inputs],
      gradFunc: (dy, saved, attributes) => original.gradFunc(dy, [output(saved, attributes)], attributes),
    });
  }
}
