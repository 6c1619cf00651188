import { exponential } from './exponential.ts';

/** Frequencies of a time embedding: cosines of all, then sines of all. */
export const timeFrequencies = 128;

/** 10000^(−k/count) in the float32 arithmetic of the original systems, to the last bit. */
export function usualFrequencies(count = timeFrequencies): Float32Array<ArrayBuffer> {
  const logarithm = Math.fround(-Math.log(10000));
  return Float32Array.from({ length: count }, (_, k) =>
    exponential(Math.fround(Math.fround(logarithm * k) / Math.fround(count))),
  );
}

/** The frequencies of a time's embedding: those stored with the weights where they differ from the usual ones. */
export function frequenciesOf(
  {
    storedFrequencies,
    frequencies,
  }: { readonly storedFrequencies?: readonly (readonly number[])[]; readonly frequencies?: number },
  index: number,
): Float32Array<ArrayBuffer> {
  const stored = storedFrequencies?.[index];
  return stored === undefined ? usualFrequencies(frequencies) : Float32Array.from(stored);
}

/** The names under which heads between two times store the frequencies of each time's embedding. */
export const frequencyNames = ['time_embed.0.freqs', 'time_embed.1.freqs'] as const;
