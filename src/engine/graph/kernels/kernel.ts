import type { Value } from '../graph.ts';

/** Records what a tfjs kernel does: inputs by tfjs's names (variadic kernels: by position) and tfjs's attributes. */
export type Kernel = (inputs: Readonly<Record<string, Value>>, attributes: object) => Value | readonly Value[];

/** A table of kernels by tfjs's names. */
export type KernelTable = Readonly<Record<string, Kernel>>;

/** A kernel of named inputs; an input that tfjs leaves out is an error of tfjs, so all are there. */
export function kernel<const Names extends readonly string[], Attributes = object>(
  names: Names,
  record: (inputs: { readonly [Index in keyof Names]: Value }, attributes: Attributes) => Value | readonly Value[],
): Kernel {
  return (inputs, attributes) =>
    record(names.map((name) => inputs[name]) as { [Index in keyof Names]: Value }, attributes as Attributes);
}

/** A kernel of any number of inputs. */
export const variadic =
  <Attributes>(record: (inputs: readonly Value[], attributes: Attributes) => Value | readonly Value[]): Kernel =>
  (inputs, attributes) =>
    record(Object.values(inputs), attributes as Attributes);
