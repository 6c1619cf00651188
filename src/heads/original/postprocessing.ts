import { rowNorms } from './rows.ts';

/** What an original system does to a sampled token before anything else sees it. */
export interface Postprocessing {
  /** LayerNorm without gain and bias over each token, ε = 1e-6 (NextStep-1's `use_norm`). */
  readonly normalized?: boolean;
  /** Projection of each token on the sphere of radius √D (SphereAR). */
  readonly onSphere?: boolean;
  /** What latents were multiplied by to be tokens, and is divided out (MAR's 0.2325); 1 unless given. */
  readonly scale?: number;
  /** Standard deviation and mean of each number, put back (pocket-tts' emb_std and emb_mean). */
  readonly std?: ArrayLike<number>;
  readonly mean?: ArrayLike<number>;
  /** What is added to every number last (VibeVoice's bias, negative); 0 unless given. */
  readonly shift?: number;
}

/** Whether anything is done at all. */
export const changesTokens = ({ normalized, onSphere, scale, std, mean, shift }: Postprocessing): boolean =>
  normalized === true || onSphere === true || [scale, std, mean, shift].some((part) => part !== undefined);

/** Sampled tokens [rows, D] as the system hands them on: token/scale·std + mean + shift, normalized or projected before. */
export function postprocessed(tokens: Float64Array, token: number, postprocessing: Postprocessing): Float64Array {
  const { normalized, onSphere, scale = 1, std, mean, shift = 0 } = postprocessing;
  const normed = normalized === true ? layerNormed(tokens, token) : tokens;
  const own = onSphere === true ? projected(normed, token) : normed;
  return own.map((value, i) => (value / scale) * (std?.[i % token] ?? 1) + (mean?.[i % token] ?? 0) + shift);
}

/** Each row x·√D/max(|x|, 1e-7). */
function projected(tokens: Float64Array, token: number): Float64Array {
  const norms = rowNorms(tokens, token);
  return tokens.map((value, i) => (value * Math.sqrt(token)) / Math.max(norms[Math.floor(i / token)] ?? 0, 1e-7));
}

/** Each row with its mean removed and divided by √(variance + 1e-6), the variance of N. */
function layerNormed(tokens: Float64Array, token: number): Float64Array {
  const out = new Float64Array(tokens.length);
  for (let start = 0; start < tokens.length; start += token) {
    const row = tokens.subarray(start, start + token);
    const mean = row.reduce((sum, value) => sum + value, 0) / token;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / token;
    out.set(
      row.map((value) => (value - mean) / Math.sqrt(variance + 1e-6)),
      start,
    );
  }
  return out;
}
