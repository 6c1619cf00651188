import { DataError } from '../../ground/errors.ts';
import { quoted } from '../../ground/file/quoted.ts';
import type { FlatNode } from './inline.ts';

/**
 * The nodes that the outputs need, each after those that it needs. `given` are the names that no node makes. Throws
 * DataError for names that nothing or more than one thing defines, and for nodes that need themselves.
 */
export function ordered(
  path: string,
  nodes: readonly FlatNode[],
  given: readonly string[],
  outputs: readonly string[],
): readonly FlatNode[] {
  const makers = makersOf(path, nodes, given);
  const makerOf = (name: string, user: string): FlatNode | undefined => {
    const maker = makers.get(name);
    if (maker === undefined) throw new DataError(`${path}: ${user}: nothing defines ${quoted(name)}`);
    return maker === 'given' ? undefined : maker;
  };
  const [done, entered, result] = [new Set<FlatNode>(), new Set<FlatNode>(), [] as FlatNode[]];
  const pending = outputs.flatMap((name) => makerOf(name, `output ${quoted(name)}`) ?? []).reverse();
  for (let node = pending.at(-1); node !== undefined; node = pending.at(-1)) {
    const { name, operator, inputs } = node;
    const needed = inputs.flatMap((input) =>
      input === '' ? [] : (makerOf(input, `node ${name} (${operator})`) ?? []),
    );
    const next = needed.filter((maker) => !done.has(maker));
    if (next.length === 0) {
      pending.pop();
      if (!done.has(node)) result.push(node);
      done.add(node);
      continue;
    }
    if (entered.has(node)) throw new DataError(`${path}: node ${name} (${operator}): it needs its own result`);
    entered.add(node);
    pending.push(...next.reverse());
  }
  return result;
}

function makersOf(path: string, nodes: readonly FlatNode[], given: readonly string[]): Map<string, FlatNode | 'given'> {
  const makers = new Map<string, FlatNode | 'given'>();
  const define = (name: string, maker: FlatNode | 'given'): void => {
    if (makers.has(name)) throw new DataError(`${path}: ${quoted(name)} is defined more than once`);
    makers.set(name, maker);
  };
  for (const name of given) define(name, 'given');
  for (const node of nodes) for (const output of node.outputs) if (output !== '') define(output, node);
  return makers;
}
