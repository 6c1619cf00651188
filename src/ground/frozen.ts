/** A type of which nothing can be changed, at any depth. */
export type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Frozen<T[Key]> }
    : T;

/** A type of which one optional field is settled. */
export type Filled<T, Key extends keyof T> = Omit<T, Key> & { [K in Key]-?: NonNullable<T[K]> };
