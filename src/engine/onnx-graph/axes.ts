import { DataError } from '../../ground/errors.ts';

/** An axis of a rank, counted from the end where it is negative. Throws DataError where there is none. */
export function axisOf(axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
    throw new DataError(`expected an axis of ${rank} dimensions, got ${axis}`);
  return axis < 0 ? axis + rank : axis;
}

/** Axes of a rank, in their order. Throws DataError where there are none such or one is there twice. */
export function axesOf(axes: readonly number[], rank: number): readonly number[] {
  const found = axes.map((axis) => axisOf(axis, rank)).sort((a, b) => a - b);
  const twice = found.find((axis, index) => axis === found[index + 1]);
  if (twice !== undefined) throw new DataError(`axis ${twice} is there twice`);
  return found;
}

/** All axes of a rank. */
export const allAxes = (rank: number): readonly number[] => Array.from({ length: rank }, (_, axis) => axis);

/** The order of axes that brings some to the end, and the one that brings them back. */
export function lastly(axes: readonly number[], rank: number): { readonly there: number[]; readonly back: number[] } {
  const there = [...allAxes(rank).filter((axis) => !axes.includes(axis)), ...axes];
  return { there, back: allAxes(rank).map((axis) => there.indexOf(axis)) };
}
