import type { ZodType } from 'zod';

/** What recipes may name, from the tables of the layers that hold it. */
export interface RecipeTables {
  /** Schema of each method's options by the method's name. */
  readonly methodSchemas: Readonly<Record<string, ZodType>>;
  readonly solverNames: readonly string[];
}
