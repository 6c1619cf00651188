const { fround } = Math;

/** Minus the natural logarithm of 2 in two parts, of which the first has so few bits that its small multiples are exact. */
const minusLog2 = [-0.693145751953125, fround(-1.428606765330187e-6)] as const;

/** Coefficients of (eˢ − 1 − s)/s² from the highest power down. */
const coefficients = [1.98527618e-4, 1.39304355e-3, 8.33336078e-3, 4.16664854e-2, 0.166666672, 0.5].map(fround);

const multiplyAdd = (a: number, b: number, c: number): number => fround(a * b + c);

/**
 * eˣ of a float32 number as the vectorised float32 exponential of PyTorch on processors rounds it (SLEEF, within one
 * unit in the last place): times near 999 carry a different last bit into a phase of 3e-5.
 */
export function exponential(x: number): number {
  const power = Math.round(fround(x * fround(Math.LOG2E)));
  const s = multiplyAdd(power, minusLog2[1], multiplyAdd(power, minusLog2[0], x));
  const tail = coefficients.reduce((sum, coefficient) => multiplyAdd(sum, s, coefficient), 0);
  return fround(1 + multiplyAdd(fround(s * s), tail, s)) * 2 ** power;
}
