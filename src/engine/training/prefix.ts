/** Names under a prefix: what a program takes and gives of several kinds. */
export const prefixed = <Value>(prefix: string, record: Readonly<Record<string, Value>>): Record<string, Value> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [`${prefix}/${name}`, value]));

/** What lies under a prefix, by the names without it. */
export const unprefixed = <Value>(prefix: string, record: Readonly<Record<string, Value>>): Record<string, Value> =>
  Object.fromEntries(
    Object.entries(record).flatMap(([name, value]) =>
      name.startsWith(`${prefix}/`) ? [[name.slice(prefix.length + 1), value]] : [],
    ),
  );
