import { madeBy, type Node, type Value } from '../graph.ts';
import { apply } from '../operations.ts';
import { type Pass, type Rule, rewrite } from '../rewrite.ts';
import { uniform } from './constants.ts';

/** Both orders of the operands of a node of two, if it is of that operation. */
function operands(value: Value | undefined, operation: 'Add' | 'Mul'): readonly (readonly [Value, Value])[] {
  const [a, b] = madeBy(value, operation)?.inputs ?? [];
  return a === undefined || b === undefined
    ? []
    : [
        [a, b],
        [b, a],
      ];
}

/** x of a value sigmoid(x). */
const logit = (value: Value): Value | undefined => madeBy(value, 'Sigmoid')?.inputs[0];

/** Whether a value is s·(1 − s). */
const isSlope = (value: Value, s: Value): boolean =>
  operands(value, 'Mul').some(([a, b]) => {
    const [one, subtrahend] = madeBy(b, 'Sub')?.inputs ?? [];
    return a === s && subtrahend === s && uniform(one) === 1;
  });

/** Whether a value is dy·x. */
const isProduct = (value: Value, dy: Value, x: Value): boolean =>
  operands(value, 'Mul').some(([a, b]) => a === dy && b === x);

/**
 * The gradient of y = x·s, s = sigmoid(x), comes from the tape as dy·s + (dy·x)·(s·(1 − s)), six passes over memory;
 * dy·(s + y·(1 − s)) is the same in four.
 */
const gradient: Rule = (node) => {
  for (const [straight, curved] of operands(node.outputs[0], 'Add')) {
    for (const [dy, s] of operands(straight, 'Mul')) {
      const x = logit(s);
      if (x === undefined) continue;
      const matches = operands(curved, 'Mul').some(([a, b]) => isProduct(a, dy, x) && isSlope(b, s));
      if (matches) return siluGradient(dy, x, s, curved);
    }
  }
  return undefined;
};

function siluGradient(dy: Value, x: Value, s: Value, curved: Value): Value | undefined {
  const one = findOne(curved, s);
  const y = apply('Mul', [x, s]);
  return one && apply('Mul', [dy, apply('Add', [s, apply('Mul', [y, apply('Sub', [one, s])])])]);
}

/** The 1 of the 1 − s inside (dy·x)·(s·(1 − s)). */
function findOne(curved: Value, s: Value): Value | undefined {
  for (const [slope] of operands(curved, 'Mul')) {
    for (const [, difference] of operands(slope, 'Mul')) {
      const [one, subtrahend] = madeBy(difference, 'Sub')?.inputs ?? [];
      if (subtrahend === s) return one;
    }
  }
  return undefined;
}

/** x·sigmoid(x) in one pass, when nothing else needs the sigmoid. */
const forward: Rule = (node: Node, uses) => {
  for (const [x, s] of operands(node.outputs[0], 'Mul')) {
    if (logit(s) === x && uses(s) <= 1) return apply('QuickGelu', [x]);
  }
  return undefined;
};

/** Shortens the gradient of x·sigmoid(x). */
export const gradeSilu: Pass = (graph) => rewrite(graph, gradient);

/** Makes x·sigmoid(x) one operation. */
export const mergeSilu: Pass = (graph) => rewrite(graph, forward);
