/** A size that a head's shapes are made of. */
export type SizeName = 'token' | 'condition' | 'width' | 'output' | 'hidden' | 'frequencies' | 'noise';

/** A dimension of a shape: a size and what it is multiplied by. */
export type Dimension = readonly [size: SizeName, times: number];

/** Tensors by name with their dimensions. */
export type Template = Readonly<Record<string, readonly Dimension[]>>;

/** The tensors of an architecture under the names of the original code. */
export interface ArchitectureTemplate {
  /** A name that no other architecture has. */
  readonly sign: string;
  readonly fixed: Template;
  /** What the names of a block's tensors start with, before its index. */
  readonly blocks: string;
  /** The tensors of each block. */
  readonly block: Template;
  /** Tensors of layers that blocks share, fewer than blocks: what their names start with, before an index. */
  readonly shared?: { readonly names: string; readonly tensors: Template };
  /** Names of stored numbers that are not trained, one list of `frequencies` each; none unless given. */
  readonly stored?: readonly string[];
}

/** A size itself. */
export const size = (name: SizeName, times = 1): Dimension => [name, times];

/** The weight of a linear layer, [to, from]. */
export const matrix = (name: string, to: Dimension, from: Dimension): Template => ({ [`${name}.weight`]: [to, from] });

/** A linear layer with its bias. */
export const linear = (name: string, to: Dimension, from: Dimension): Template => ({
  ...matrix(name, to, from),
  [`${name}.bias`]: [to],
});
