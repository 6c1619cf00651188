import { stream } from './philox.ts';

/** The row at place `i` of an endless walk over all rows, in a new random order each epoch: that of the stream `key`, epoch. */
export function shuffledEpochs(rows: number, ...key: readonly (string | number)[]): (i: number) => number {
  let epoch = -1;
  let order = new Int32Array();
  return (i) => {
    const wanted = Math.floor(i / rows);
    if (wanted !== epoch) {
      epoch = wanted;
      order = stream(...key, epoch).permutation(rows) as Int32Array<ArrayBuffer>;
    }
    return order[i % rows] ?? 0;
  };
}
