import { DataError } from '../../ground/errors.ts';
import type { Estimate } from '../../ground/estimate.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';

const NORMAL = 1.959963984540054;

/** The share of classes that are as expected, with Wilson's 95 % interval (1927). Throws DataError. */
export function accuracy(classes: ArrayLike<number>, expected: ArrayLike<number>): Estimate {
  const count = classes.length;
  if (count === 0 || expected.length !== count) {
    throw new DataError(
      `classes: expected as many as are expected and at least one, got ${count} and ${expected.length}`,
    );
  }
  let right = 0;
  for (let i = 0; i < count; i++) if (classes[i] === expected[i]) right++;
  return wilson(right, count);
}

/** Wilson's 95 % interval of a share of `right` in `count` trials. */
export const wilson = (right: number, count: number): Estimate => shareInterval(right / count, count);

/** The same of a share that varies as that of so many independent trials does, at a quantile of another distribution. */
export function shareInterval(value: number, count: number, quantile = NORMAL): Estimate {
  const square = quantile * quantile;
  const middle = (value + square / (2 * count)) / (1 + square / count);
  const reach =
    (quantile * Math.sqrt((value * (1 - value)) / count + square / (4 * count * count))) / (1 + square / count);
  return { value, low: Math.max(0, middle - reach), high: Math.min(1, middle + reach) };
}

/** The class of the largest logit of each row [N, C]; the first one of equals. */
export function classesOf({ shape, data }: HostTensor<Float32Array>): Int32Array {
  const [count = 0, classes = 1] = shape;
  return Int32Array.from({ length: count }, (_, row) => {
    const logits = data.subarray(row * classes, (row + 1) * classes);
    return logits.indexOf(Math.max(...logits));
  });
}
