/** Affine map of each channel of a token between pixels in [0, 1) and what the model sees. */
export interface TokenNormalization {
  readonly mean: Float32Array; // [D]
  readonly std: Float32Array; // [D]
}

/** Channels that hardly vary are not blown up: standard deviations are at least this. */
const MIN_STD = 0.05;
const LEVELS = 256;

/** Mean and standard deviation of every channel of dequantised tokens [N, D] of bytes. */
export function measureNormalization(tokens: Uint8Array, channels: number): TokenNormalization {
  const rows = tokens.length / channels;
  const mean = new Float32Array(channels);
  const std = new Float32Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0;
    let squares = 0;
    for (let at = channel; at < tokens.length; at += channels) {
      const value = tokens[at] ?? 0;
      sum += value;
      squares += value * value;
    }
    const variance = squares / rows - (sum / rows) ** 2 + 1 / 12; // 1/12: the uniform noise
    mean[channel] = (sum / rows + 0.5) / LEVELS;
    std[channel] = Math.max(MIN_STD, Math.sqrt(variance) / LEVELS);
  }
  return { mean, std };
}

/** Bytes [N, D] with uniform noise [N, D] in (0, 1) for their lost fraction, normalised. */
export function normalizeTokens(
  tokens: Uint8Array,
  fraction: Float32Array,
  { mean, std }: TokenNormalization,
): Float32Array {
  const out = new Float32Array(tokens.length); // a loop: `from` with a function takes ten times as long
  for (let i = 0; i < out.length; i++) {
    const channel = i % mean.length;
    out[i] = (((tokens[i] ?? 0) + (fraction[i] ?? 0.5)) / LEVELS - (mean[channel] ?? 0)) / (std[channel] ?? 1);
  }
  return out;
}

/** Normalised tokens [N, D] as bytes; what lies outside is clipped. */
export function quantizeTokens(tokens: Float32Array, { mean, std }: TokenNormalization): Uint8Array {
  const out = new Uint8Array(tokens.length);
  for (let i = 0; i < out.length; i++) {
    const channel = i % mean.length;
    const level = Math.floor(LEVELS * ((tokens[i] ?? 0) * (std[channel] ?? 1) + (mean[channel] ?? 0)));
    out[i] = Math.min(LEVELS - 1, Math.max(0, level));
  }
  return out;
}
