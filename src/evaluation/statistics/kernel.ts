/** A positive definite kernel of two rows: of their inner product x·y and their squared lengths |x|² and |y|². */
export type Kernel = (product: number, squareX: number, squareY: number) => number;

/** KID's cubic kernel (x·y/d + 1)³ (Bińkowski et al., arXiv 1801.01401). */
export const cubicKernel =
  (d: number): Kernel =>
  (product) => {
    const base = product / d + 1;
    return base * base * base; // ** is three times as slow
  };

/**
 * `gaussianKernel` of a widest bandwidth and its halves, by one exponential: at half the bandwidth it is the fourth power.
 */
export const halvingKernel =
  (widest: number, count: number): Kernel =>
  (product, squareX, squareY) => {
    const square = Math.max(0, squareX + squareY - 2 * product);
    let [power, sum] = [Math.exp(-square / (2 * widest * widest)), 0];
    for (let index = 0; index < count; index++) {
      sum += power;
      power *= power;
      power *= power;
    }
    return sum / count;
  };

/** The mean of Gaussian kernels exp(−|x − y|²/(2h²)) of several bandwidths h (Gretton et al. 2012). */
export const gaussianKernel =
  (bandwidths: readonly number[]): Kernel =>
  (product, squareX, squareY) => {
    const square = Math.max(0, squareX + squareY - 2 * product);
    return bandwidths.reduce((sum, h) => sum + Math.exp(-square / (2 * h * h)), 0) / bandwidths.length;
  };
