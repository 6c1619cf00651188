/** Columns `from` … `to` − 1 of rows of `width` numbers. */
export function columns(data: ArrayLike<number>, width: number, from: number, to: number): Float64Array {
  const taken = to - from;
  return Float64Array.from({ length: (data.length / width) * taken }, (_, i) => {
    const row = Math.floor(i / taken);
    return data[row * width + from + (i % taken)] ?? 0;
  });
}

/** The same rows `times` times, one copy after the other. */
export function repeated(data: Float64Array, times: number): Float64Array {
  const copies = new Float64Array(data.length * times);
  for (let copy = 0; copy < times; copy++) copies.set(data, copy * data.length);
  return copies;
}

/** Arrays one after the other. */
export function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The Euclidean norm of each row. */
export const rowNorms = (data: Float64Array, width: number): Float64Array =>
  Float64Array.from({ length: data.length / width }, (_, row) =>
    Math.hypot(...data.subarray(row * width, (row + 1) * width)),
  );

/** a·x + b·y, element by element. */
export const combined = (a: number, x: Float64Array, b: number, y: Float64Array): Float64Array =>
  x.map((value, i) => a * value + b * (y[i] ?? 0));
