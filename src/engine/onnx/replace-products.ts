/** Products with constant matrices, found among lowered nodes and put others in their places. */
import type { OnnxProgram } from './lower-graph.ts';
import type { OnnxConstant, OnnxNode } from './lowering.ts';

/** The constant factor of a product. */
export interface ProductWeight {
  readonly name: string;
  /** Its rows K and columns N as the product uses it, [K, N]. */
  readonly rows: number;
  readonly columns: number;
}

/** A product A·W (+ C) with a constant W. */
export interface ConstantProduct {
  readonly weight: OnnxConstant;
  readonly rows: number;
  readonly columns: number;
  readonly transposed: boolean;
}

/** What a replacement adds. */
export interface Additions {
  /** The names of constants that are made at the first use of `key`. */
  weight(key: string, make: () => readonly Omit<OnnxConstant, 'name'>[]): readonly string[];
  /** The names of nodes' outputs that are made at the first use of `key`. */
  once(key: string, make: (name: string) => readonly OnnxNode[]): string;
  node(node: OnnxNode): void;
  /** A name that nothing has. */
  fresh(wish: string): string;
}

/**
 * Replaces products with a chosen constant float32 matrix, each in its place, so that nodes stay sorted; the program itself
 * where there is none. Constants that nothing reads any more are left out.
 */
export function replaceProducts(
  program: OnnxProgram,
  chosen: (weight: ProductWeight) => boolean,
  replace: (node: OnnxNode, product: ConstantProduct, add: Additions) => void,
): OnnxProgram {
  const { nodes, constants } = program;
  const known = new Map(constants.map((constant) => [constant.name, constant]));
  let replaced = false;
  const made: OnnxConstant[] = [];
  const written: OnnxNode[] = [];
  const add = additions([...nodes.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]), ...known.keys()], {
    constants: made,
    nodes: written,
  });
  for (const node of nodes) {
    const product = constantProduct(node, known);
    if (product === undefined || !chosen({ ...product, name: product.weight.name })) {
      written.push(node);
      continue;
    }
    replace(node, product, add);
    replaced = true;
  }
  if (!replaced) return program;
  const read = new Set(written.flatMap(({ inputs }) => inputs));
  return { nodes: written, constants: [...constants, ...made].filter(({ name }) => read.has(name)) };
}

/** What a node multiplies by, where that is a constant matrix and nothing is scaled or transposed on the left. */
function constantProduct(node: OnnxNode, known: ReadonlyMap<string, OnnxConstant>): ConstantProduct | undefined {
  const weight = known.get(node.inputs[1] ?? '');
  if (node.domain !== undefined || weight === undefined || !(weight.data instanceof Float32Array)) return undefined;
  const [first, second] = weight.shape;
  if (first === undefined || second === undefined || weight.shape.length !== 2) return undefined;
  if (node.type === 'MatMul') return { weight, rows: first, columns: second, transposed: false };
  if (node.type !== 'Gemm') return undefined;
  const { transA = { int: 0 }, transB = { int: 0 }, ...others } = node.attributes ?? {};
  if (Object.keys(others).length > 0 || !('int' in transA) || transA.int !== 0 || !('int' in transB)) return undefined;
  const transposed = transB.int === 1;
  const [rows, columns] = transposed ? [second, first] : [first, second];
  return { weight, rows, columns, transposed };
}

/** Adds to some nodes and constants; `names` are taken already. */
export function additions(
  names: readonly string[],
  { constants, nodes }: { readonly constants: OnnxConstant[]; readonly nodes: OnnxNode[] },
): Additions {
  const taken = new Set(names);
  const kept = new Map<string, readonly string[]>();
  const fresh = (wish: string): string => {
    let name = wish;
    for (let i = 2; taken.has(name); i++) name = `${wish}_${i}`;
    taken.add(name);
    return name;
  };
  const keptAs = (key: string, make: () => readonly string[]): readonly string[] => {
    const found = kept.get(key) ?? make();
    kept.set(key, found);
    return found;
  };
  return {
    fresh,
    node: (node) => nodes.push(node),
    weight: (key, make) =>
      keptAs(key, () =>
        make().map((constant, index) => {
          const name = fresh(index === 0 ? key : `${key}_${index}`);
          constants.push({ ...constant, name });
          return name;
        }),
      ),
    once: (key, make) =>
      keptAs(key, () => {
        const name = fresh(key);
        nodes.push(...make(name));
        return [name];
      })[0] ?? key,
  };
}
