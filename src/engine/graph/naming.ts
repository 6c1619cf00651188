import { type Graph, nodesOf, type Value } from './graph.ts';

/** The names of a graph's values: inputs, outputs and given constants keep theirs where they can, others get numbers. */
export interface Naming {
  /** The constants in their order of use. */
  readonly constants: readonly Value[];
  /** Outputs that are an input, a constant or another output too, and need a copy: [value, name]. */
  readonly copies: readonly (readonly [Value, string])[];
  /** The names of the outputs in their order: as in the graph, unless an input has that name. */
  readonly outputs: readonly string[];
  nameOf(value: Value): string;
  /** A name like this one that nothing has yet. */
  fresh(wish: string): string;
}

/** Names the values of a graph. */
export function nameValues(graph: Graph): Naming {
  const names = new Map<Value, string>();
  const taken = new Set<string>();
  const fresh = (wish: string): string => {
    let name = wish;
    for (let i = 2; taken.has(name); i++) name = `${wish}_${i}`;
    taken.add(name);
    return name;
  };
  for (const input of graph.inputs) if (input.source.kind === 'input') names.set(input, fresh(input.source.name));
  const copies: [Value, string][] = [];
  const outputs = Object.entries(graph.outputs).map(([wish, value]) => {
    const name = fresh(wish);
    if (value.source.kind === 'node' && !names.has(value)) names.set(value, name);
    else copies.push([value, name]);
    return name;
  });
  const constants: Value[] = [];
  const nameConstant = (value: Value) => {
    if (value.source.kind !== 'constant' || names.has(value)) return;
    names.set(value, fresh(value.source.name ?? `c${constants.length}`));
    constants.push(value);
  };
  let count = 0;
  for (const node of nodesOf(graph)) {
    node.inputs.forEach(nameConstant);
    for (const output of node.outputs) if (!names.has(output)) names.set(output, fresh(`h${count++}`));
  }
  for (const [value] of copies) nameConstant(value);
  return { constants, copies, outputs, nameOf: (value) => names.get(value) ?? '', fresh };
}
