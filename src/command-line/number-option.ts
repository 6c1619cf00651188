import { InvalidArgumentError } from 'commander';

/** Reads an option as a number within bounds, ends included. */
export const numberBetween =
  (min: number, max: number) =>
  (text: string): number => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a number from ${min} to ${max}.`);
  };

/** Reads an option as a whole number within bounds, ends included. */
export const wholeBetween =
  (min: number, max: number) =>
  (text: string): number => {
    const value = numberBetween(min, max)(text);
    if (Number.isInteger(value)) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  };

/** Reads an option as whole numbers with commas between: `1,2,4`. */
export const wholesBetween =
  (min: number, max: number) =>
  (text: string): readonly number[] => [...new Set(text.split(',').map(wholeBetween(min, max)))];
