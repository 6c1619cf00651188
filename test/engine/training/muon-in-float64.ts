import type { OptimizerOptions } from '../../../src/engine/training/optimizer.ts';

/** A tensor after some steps, and its moving average. */
export interface Reference {
  readonly weights: readonly number[];
  readonly averages: readonly number[];
}

/** A step: the gradient after the global clip, and the scheduled learning rate. */
interface Step {
  readonly gradient: readonly number[];
  readonly rate: number;
}

type Rule = (
  start: readonly number[],
  shape: readonly number[],
  steps: readonly Step[],
  options: OptimizerOptions,
) => Reference;

/** The moving average of weights over the states after each step. */
function averaged(start: readonly number[], states: readonly (readonly number[])[], ema: number): Reference {
  let averages = start;
  for (const [step, weights] of states.entries()) {
    const decay = Math.min(ema, (1 + step) / (10 + step));
    averages = averages.map((value, i) => decay * value + (1 - decay) * (weights[i] ?? 0));
  }
  return { weights: states.at(-1) ?? start, averages };
}

/** AdamW as its paper writes it. */
export const adamwInFloat64: Rule = (start, _, steps, { beta1, beta2, epsilon, weightDecay, ema }) => {
  let weights = start;
  let m = start.map(() => 0);
  let v = m;
  const states = steps.map(({ gradient, rate }, step) => {
    m = m.map((value, i) => beta1 * value + (1 - beta1) * (gradient[i] ?? 0));
    v = v.map((value, i) => beta2 * value + (1 - beta2) * (gradient[i] ?? 0) ** 2);
    weights = weights.map((value, i) => {
      const mean = (m[i] ?? 0) / (1 - beta1 ** (step + 1));
      const variance = (v[i] ?? 0) / (1 - beta2 ** (step + 1));
      return value * (1 - rate * weightDecay) - (rate * mean) / (Math.sqrt(variance) + epsilon);
    });
    return weights;
  });
  return averaged(start, states, ema);
};

/** Muon as its author writes it: `zeropower_via_newtonschulz5`, transposed where rows outnumber columns. */
export const muonInFloat64: Rule = (start, shape, steps, { weightDecay, ema, muonScale = 5 }) => {
  const [rows = 1, columns = 1] = shape;
  let weights = start;
  let m = start.map(() => 0);
  const states = steps.map(({ gradient, rate }) => {
    m = m.map((value, i) => 0.95 * value + (gradient[i] ?? 0));
    const direction = orthogonalized(
      m.map((value, i) => (gradient[i] ?? 0) + 0.95 * value),
      rows,
      columns,
    );
    const speed = rate * muonScale * Math.sqrt(Math.max(1, rows / columns));
    weights = weights.map((value, i) => value * (1 - rate * weightDecay) - speed * (direction[i] ?? 0));
    return weights;
  });
  return averaged(start, states, ema);
};

function orthogonalized(matrix: readonly number[], rows: number, columns: number): number[] {
  if (rows > columns) return flipped(orthogonalized(flipped(matrix, rows, columns), columns, rows), columns, rows);
  const norm = Math.hypot(...matrix) + 1e-7;
  let x = matrix.map((value) => value / norm);
  for (let i = 0; i < 5; i++) {
    const gram = times(x, flipped(x, rows, columns), rows, columns, rows);
    const square = times(gram, gram, rows, rows, rows);
    const factor = gram.map((value, j) => -4.775 * value + 2.0315 * (square[j] ?? 0));
    const lifted = times(factor, x, rows, rows, columns);
    x = x.map((value, j) => 3.4445 * value + (lifted[j] ?? 0));
  }
  return x;
}

/** The transpose of [rows, columns], row-major. */
const flipped = (matrix: readonly number[], rows: number, columns: number): number[] =>
  Array.from({ length: matrix.length }, (_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)] ?? 0);

/** [n, k] times [k, m], row-major. */
function times(a: readonly number[], b: readonly number[], n: number, k: number, m: number): number[] {
  return Array.from({ length: n * m }, (_, i) => {
    const [row, column] = [Math.floor(i / m), i % m];
    let sum = 0;
    for (let j = 0; j < k; j++) sum += (a[row * k + j] ?? 0) * (b[j * m + column] ?? 0);
    return sum;
  });
}
