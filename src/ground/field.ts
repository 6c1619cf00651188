import { z } from 'zod';

/** A whole number within bounds, ends included. */
export const whole = (min: number, max: number, description: string) => z.int().min(min).max(max).describe(description);

/** A number within bounds, ends included. */
export const number = (min: number, max: number, description: string) =>
  z.number().min(min).max(max).describe(description);

/** A number above zero and at most `max`. */
export const positive = (max: number, description: string) => z.number().gt(0).max(max).describe(description);

/** A word that is safe in file names: lower-case letters, digits and dashes, at most 64. */
export const wordPattern = /^[a-z0-9][a-z0-9-]{0,63}$/;

/** Such a word. */
export const word = (description: string) =>
  z
    .string()
    .regex(wordPattern)
    .meta({ description, patternErrorMessage: 'expected lower-case letters, digits and dashes (at most 64)' });

/** A path, relative to the folder of the recipe. */
export const path = (description: string) =>
  z
    .string()
    .regex(/^[^\0]{1,4096}$/)
    .meta({ description: `${description} Relative to the recipe.`, patternErrorMessage: 'expected a path' });

/** A seed of the counter-based generator. */
export const seed = (description: string) => whole(0, 2 ** 32 - 1, description);

/** The name of an entry of a table. */
export const nameIn = <Name extends string>(table: Readonly<Record<Name, unknown>>) =>
  z.enum(Object.keys(table) as Name[]);

/** Text that is shown: nothing in it moves a cursor or turns the reading direction. */
export const shownText = z
  .string()
  .regex(/^[^\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]*$/u, 'expected printable text');
