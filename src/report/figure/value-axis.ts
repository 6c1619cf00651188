import type { Estimate } from '../../ground/estimate.ts';

/** The range of an axis, and where values lie on it. */
export interface ValueAxis {
  readonly domain: readonly [number, number];
  readonly type: 'log' | 'linear';
  /** The pixel of a value from the top of an axis of this height; values off the axis lie at its ends. */
  readonly pixel: (value: number, height: number) => number;
  /** A value moved onto the axis: on a logarithmic one, zero and below lie at its lower end. */
  readonly clamp: (value: number) => number;
  /** Tick values; absent where the default ones will do. */
  readonly ticks?: readonly number[];
}

/** Round numbers inside a range of less than a decade, about five of them. */
function linearTicks([low, high]: readonly [number, number]): readonly number[] {
  const raw = (high - low) / 5;
  const unit = 10 ** Math.floor(Math.log10(raw));
  const step = unit * ([1, 2, 5].find((factor) => factor * unit >= raw) ?? 10);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(6)),
  );
}

/** 1, 2 and 5 times powers of ten inside a range; fewer or others where that were more than eight or less than three. */
function logTicks(domain: readonly [number, number]): readonly number[] {
  const [low, high] = domain;
  const start = Math.floor(Math.log10(low));
  const exponents = Array.from({ length: Math.ceil(Math.log10(high)) - start + 1 }, (_, index) => start + index);
  const inside = (factors: readonly number[]): number[] =>
    exponents
      .flatMap((exponent) => factors.map((factor) => Number(`${factor}e${exponent}`)))
      .filter((tick) => tick >= low && tick <= high);
  const all = inside([1, 2, 5]);
  if (all.length < 3) return linearTicks(domain);
  return all.length <= 8 ? all : inside([1]);
}

/**
 * An axis that holds measured estimates with their intervals, and references as far as they are near. Logarithmic
 * only where a measured value is above zero.
 */
export function valueAxis(
  measured: readonly Estimate[],
  log: boolean,
  references: readonly Estimate[] = [],
): ValueAxis {
  const all = [...measured, ...references].flatMap(({ value, low, high }) => [value, low, high]);
  const values = measured.map(({ value }) => value).filter((value) => value > 0);
  return log && values.length > 0 ? logAxis(all, values) : linearAxis(all);
}

function logAxis(all: readonly number[], values: readonly number[]): ValueAxis {
  const positive = all.filter((value) => value > 0);
  const lowest = Math.max(Math.min(...positive), Math.min(...values) / 5); // an interval may nearly touch zero
  const domain = [lowest / 1.2, Math.max(...positive) * 1.2] as const;
  const clamp = (value: number): number => Math.min(Math.max(value, domain[0]), domain[1]);
  const share = (value: number): number => Math.log(clamp(value) / domain[0]) / Math.log(domain[1] / domain[0]);
  return {
    ...{ domain, clamp, type: 'log' },
    pixel: (value, height) => height * (1 - share(value)),
    ticks: logTicks(domain),
  };
}

function linearAxis(all: readonly number[]): ValueAxis {
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const margin = (high - low || Math.abs(high) || 1) * 0.06;
  const domain = [low - margin, high + margin] as const;
  return {
    ...{ domain, type: 'linear' },
    clamp: (value) => value,
    pixel: (value, height) => (height * (domain[1] - value)) / (domain[1] - domain[0]),
  };
}

/** Positions moved apart to at least `gap`, as little as their order allows, inside 0 to `height`. */
export function spread(positions: readonly number[], gap: number, height: number): readonly number[] {
  const order = positions.map((position, index) => ({ position, index })).sort((a, b) => a.position - b.position);
  const placed = [...positions];
  let lowest = Number.NEGATIVE_INFINITY;
  for (const { position, index } of order) {
    lowest = Math.max(position, lowest + gap);
    placed[index] = lowest;
  }
  const excess = Math.max(0, lowest - height);
  return placed.map((position) => position - excess);
}
