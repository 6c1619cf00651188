/** Tables that plug-ins add to: what is built in, as a plain record, and what was added, in one object that grows in place. */

/** A table as plug-ins see it. */
interface OpenTable {
  readonly has: (name: string) => boolean;
  readonly add: (name: string, entry: unknown) => void;
}

const tables = new Map<string, OpenTable>();
const added = new Map<string, Map<string, unknown>>();
let generation = 0;

/** Makes a table known, and gives it what was added before its module was loaded. */
function opened(field: string, table: OpenTable): void {
  tables.set(field, table);
  for (const [name, entry] of added.get(field) ?? []) table.add(name, entry);
}

/**
 * A table by the field of plug-ins that adds to it. The names in its type are those built in; an added one has passed the
 * schema that is made of the table, and is then as good a key as they are.
 */
export function extensible<const Entries extends Readonly<Record<string, unknown>>>(
  field: string,
  builtIn: Entries,
): Entries {
  const entries: Record<string, unknown> = { ...builtIn };
  opened(field, {
    has: (name) => Object.hasOwn(entries, name),
    add: (name, entry) => {
      entries[name] = entry;
    },
  });
  return entries as Entries;
}

/** The same for a list of entries that say their names themselves; added ones come last. */
export function extensibleList<Entry extends { readonly name: string }>(
  field: string,
  builtIn: readonly Entry[],
): readonly Entry[] {
  const entries = [...builtIn];
  opened(field, {
    has: (name) => entries.some((entry) => entry.name === name),
    add: (_, entry) => entries.push(entry as Entry),
  });
  return entries;
}

/** Whether a table has an entry of a name. */
export const hasEntry = (field: string, name: string): boolean =>
  tables.get(field)?.has(name) ?? added.get(field)?.has(name) ?? false;

/** Adds a checked entry to a table, also to one whose module is not loaded yet. */
export function addEntry(field: string, name: string, entry: unknown): void {
  const before = added.get(field) ?? new Map<string, unknown>();
  added.set(field, before.set(name, entry));
  tables.get(field)?.add(name, entry);
  generation += 1;
}

/** What is made of tables (a schema, a list of names): made at its first use, and anew after something was added. */
export function derived<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value; readonly of: number } | undefined;
  return () => {
    if (made?.of !== generation) made = { value: make(), of: generation };
    return made.value;
  };
}
