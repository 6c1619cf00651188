/** The squared Euclidean distance of row i of one set to row j of another, both of `size` columns. */
export function squaredDistance(a: Float32Array, i: number, b: Float32Array, j: number, size: number): number {
  let sum = 0;
  for (let k = 0; k < size; k++) sum += ((a[i * size + k] as number) - (b[j * size + k] as number)) ** 2;
  return sum;
}
