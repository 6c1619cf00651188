/** Σ a[from + k]·b[at + k] over `length` elements, in four sums at a time: one sum would wait for each addition. */
export function dot(a: Float64Array, from: number, b: Float64Array, at: number, length: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let k = 0;
  for (; k + 4 <= length; k += 4) {
    s0 += (a[from + k] as number) * (b[at + k] as number);
    s1 += (a[from + k + 1] as number) * (b[at + k + 1] as number);
    s2 += (a[from + k + 2] as number) * (b[at + k + 2] as number);
    s3 += (a[from + k + 3] as number) * (b[at + k + 3] as number);
  }
  for (; k < length; k++) s0 += (a[from + k] as number) * (b[at + k] as number);
  return s0 + s1 + (s2 + s3);
}
