import { stream } from '../../ground/random/philox.ts';

/** Sizes of a synthetic model: D of a token, H of a hidden state, M components of the mixture, L tokens a sequence. */
export interface WorldSizes {
  readonly token: number;
  readonly condition: number;
  readonly components: number;
  readonly length: number;
}

/** Tokens and the hidden states that a model around a head would have had, a row each. */
export interface WorldRows {
  readonly conditional: Float32Array; // [N, H]
  readonly unconditional: Float32Array; // [N, H]
  readonly target: Float32Array; // [N, D]
  readonly position: Int32Array; // [N]
}

/** Standard deviations of a component and of the components' centres: far apart, so that few steps of Euler miss them. */
const [SPREAD, DISTANCE] = [0.5, 2];

/**
 * A conditional mixture of Gaussians with a stand-in for a backbone. The hidden state of a token is the sum of its
 * prompt's part, common to the sequence, and of its own; without the prompt a constant stands for the first. Given a
 * hidden state h the token is tanh(h·W_m) + b_m plus noise, m drawn with log-weights h·v_m. All is drawn by
 * `seed`; rows by the key, so that any part of the world can be drawn again.
 */
export function syntheticWorld(
  sizes: WorldSizes,
  seed: number,
): (key: string | number, sequences: number) => WorldRows {
  const { token, condition, components, length } = sizes;
  const random = stream('synthetic-world', seed);
  const scaled = (count: number, factor: number): Float32Array => random.normal(count).map((value) => factor * value);
  const bend = scaled(condition * components * token, 1 / Math.sqrt(condition)); // [M, D, H]
  const centres = scaled(components * token, DISTANCE); // [M, D]
  const preference = scaled(components * condition, 1 / Math.sqrt(condition)); // [M, H]
  const nothing = scaled(condition, Math.SQRT1_2); // [H]
  return (key, sequences) => {
    const rows = sequences * length;
    const numbers = stream('synthetic-rows', seed, key);
    const prompts = numbers.normal(sequences * condition);
    const own = numbers.normal(rows * condition);
    const choices = numbers.uniform(rows);
    const noise = numbers.normal(rows * token);
    const conditional = new Float32Array(rows * condition);
    const unconditional = new Float32Array(rows * condition);
    const target = new Float32Array(rows * token);
    for (let row = 0; row < rows; row++) {
      const sequence = Math.floor(row / length);
      for (let i = 0; i < condition; i++) {
        const at = row * condition + i;
        const part = Math.SQRT1_2 * (own[at] ?? 0);
        conditional[at] = part + Math.SQRT1_2 * (prompts[sequence * condition + i] ?? 0);
        unconditional[at] = part + (nothing[i] ?? 0);
      }
      const hidden = conditional.subarray(row * condition, (row + 1) * condition);
      const component = chosen(hidden, preference, components, choices[row] ?? 0);
      for (let d = 0; d < token; d++) {
        const place = component * token + d;
        const mean = Math.tanh(dot(hidden, bend, place * condition)) + (centres[place] ?? 0);
        target[row * token + d] = mean + SPREAD * (noise[row * token + d] ?? 0);
      }
    }
    const position = Int32Array.from({ length: rows }, (_, row) => row % length);
    return { conditional, unconditional, target, position };
  };
}

/** The component that a uniform number picks by the softmax of the preferences. */
function chosen(hidden: Float32Array, preference: Float32Array, components: number, uniform: number): number {
  const weights = Array.from({ length: components }, (_, m) => Math.exp(dot(hidden, preference, m * hidden.length)));
  let left = uniform * weights.reduce((sum, weight) => sum + weight, 0);
  const found = weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  return found < 0 ? components - 1 : found;
}

function dot(vector: Float32Array, matrix: Float32Array, from: number): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += (vector[i] ?? 0) * (matrix[from + i] ?? 0);
  return sum;
}
