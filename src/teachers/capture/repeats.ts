/** Counts rows that are equal to an earlier one, by 53 bits of a hash of their bits. */
export interface Repeats {
  /** Adds rows [n, columns]. */
  readonly add: (data: ArrayLike<number>) => void;
  readonly count: () => number;
}

/** A counter of rows of so many columns; eight bytes and some of a row are kept. */
export function countRepeats(columns: number): Repeats {
  const seen = new Set<number>();
  let rows = 0;
  const value = new Float32Array(1);
  const bits = new Uint32Array(value.buffer);
  return {
    add: (data) => {
      for (let from = 0; from < data.length; from += columns) {
        let [low, high] = [0x811c9dc5, 0x9747b28c];
        for (let column = 0; column < columns; column++) {
          value[0] = data[from + column] ?? 0;
          const word = bits[0] ?? 0;
          low = Math.imul(low ^ word, 0x01000193);
          low ^= low >>> 15;
          high = Math.imul(high ^ word, 0x85ebca6b);
          high ^= high >>> 13;
        }
        seen.add((high >>> 11) * 2 ** 32 + (low >>> 0));
        rows++;
      }
    },
    count: () => rows - seen.size,
  };
}
