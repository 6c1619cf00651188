/** Conditions on results, as a script or a CI asks for them: `fd_ratio > 1.2`, `one-step@1: energy_distance.high > 0.1`. */
import { DataError, UsageError } from '../ground/errors.ts';
import type { Estimate } from '../ground/estimate.ts';

const operators = {
  '>': (value: number, limit: number) => value > limit,
  '>=': (value: number, limit: number) => value >= limit,
  '<': (value: number, limit: number) => value < limit,
  '<=': (value: number, limit: number) => value <= limit,
} as const;

/** A condition: on which rows, on which number of theirs, and when it holds. */
export interface Condition {
  /** As it was written. */
  readonly text: string;
  /** The student and the step count that it is about; those that the result is judged by unless given. */
  readonly student?: string;
  readonly steps?: number;
  /** A column of the CSV files. */
  readonly column: string;
  /** Which end of the interval. */
  readonly end: keyof Estimate;
  readonly operator: keyof typeof operators;
  readonly limit: number;
}

/** A row that conditions are about. */
export interface JudgedRow {
  /** The student that it measures, and what the row is called. */
  readonly student: string;
  readonly steps: number;
  /** Whether it is meant where a condition names no student. */
  readonly chosen: boolean;
  /** Its numbers by their columns; those without an interval as all three ends. */
  readonly numbers: Readonly<Record<string, Estimate>>;
}

const pattern =
  /^\s*(?:([\w -]+?)(?:@(\d+))?\s*:\s*)?([a-z][a-z0-9_]*)(?:\.(value|low|high))?\s*(>=|<=|>|<)\s*([-+]?[\d.]+(?:e[-+]?\d+)?)\s*$/i;

/** Reads a condition. Throws UsageError. */
export function readCondition(text: string): Condition {
  const [, student, steps, column = '', end = 'value', operator = '>', limit = ''] = pattern.exec(text) ?? [];
  if (column === '' || !Number.isFinite(Number(limit)))
    throw new UsageError(
      `--fail-if: expected [student[@steps]:] column[.low or .high] < <= > or >= a number, such as 'fd_ratio > 1.2', got ${JSON.stringify(text)}`,
    );
  return {
    text: text.trim(),
    ...(student !== undefined && { student: student.trim() }),
    ...(steps !== undefined && { steps: Number(steps) }),
    ...{ column, end: end as keyof Estimate, operator: operator as Condition['operator'], limit: Number(limit) },
  };
}

/**
 * What makes a condition hold, a sentence a row; none where it does not. Throws UsageError where no row is meant or none has
 * such a column, DataError where a row was not measured by it.
 */
export function whatHolds(
  { text, column, end, operator, limit, ...of }: Condition,
  rows: readonly JudgedRow[],
): string[] {
  const meant = rows.filter(({ student, steps, chosen }) =>
    of.student === undefined ? chosen : student === of.student && (of.steps ?? steps) === steps,
  );
  const known = [...new Set(rows.map(({ student, steps }) => `${student}@${steps}`))].join(', ');
  if (meant.length === 0) throw new UsageError(`--fail-if ${text}: expected one of ${known || 'no student at all'}`);
  const columns = [...new Set(rows.flatMap(({ numbers }) => Object.keys(numbers)))];
  if (!columns.includes(column)) throw new UsageError(`--fail-if ${text}: expected one of ${columns.join(', ')}`);
  return meant.flatMap(({ student, steps, numbers }) => {
    const found = numbers[column]?.[end];
    if (found === undefined)
      throw new DataError(`--fail-if ${text}: ${student}@${steps} was not measured by ${column}`);
    return operators[operator](found, limit)
      ? [`${student}@${steps} has ${column} ${Number(found.toPrecision(4))}`]
      : [];
  });
}

/** A number without an interval as a column's. */
export const exactly = (value: number): Estimate => ({ value, low: value, high: value });
