/** Finds a family's head among the tensors of a checkpoint, by their names and shapes alone. */
import { DataError } from '../../ground/errors.ts';
import { headShapes, headSizes, type WholeSizes } from '../network/config.ts';
import { architectures } from '../network/table.ts';
import type { Family } from './family.ts';
import { type FamilyName, families, familyNames } from './table.ts';

/** Shapes of tensors by name. */
export type Shapes = ReadonlyMap<string, readonly number[]>;

/** A head among other tensors. */
export interface LocatedHead {
  /** What the names of its tensors start with. */
  readonly prefix: string;
  readonly sizes: WholeSizes;
  /** Full names of its trainable tensors and of stored frequencies. */
  readonly tensors: readonly string[];
  /** Full names of what belongs to it beside. */
  readonly extras: readonly string[];
}

/**
 * The head of a family in a checkpoint. Throws DataError where there is none, where it is another family's, or with a
 * list of the tensors that are missing, too many or misshapen.
 */
export function locateHead(path: string, name: FamilyName, shapes: Shapes): LocatedHead {
  const prefix = headPrefix(path, name, shapes);
  const { head, problems } = attempt(families[name], prefix, shapes);
  if (problems.length === 0) return head;
  const { title } = families[name];
  const others = otherFamilies(name, shapes);
  if (others.length > 0)
    throw new DataError(`${path}: expected a head of ${title}, ${problems[0]}: ${importAs(others)}`);
  const first = `the head of ${title} under ${shown(prefix)} has ${problems.length} wrong tensors`;
  throw new DataError(problems.length === 1 ? `${path}: ${problems[0]}` : `${path}: ${first}:${listed(problems)}`);
}

/** How a prefix is called in messages. */
const shown = (prefix: string): string => (prefix === '' ? 'bare names' : `'${prefix}'`);

const importAs = (others: readonly FamilyName[]): string => `import it with --family ${others.join(' or ')}`;

const LONGEST_LIST = 40;

function listed(problems: readonly string[]): string {
  const rest = problems.length - LONGEST_LIST;
  const lines = [...problems.slice(0, LONGEST_LIST), ...(rest > 0 ? [`and ${rest} more`] : [])];
  return lines.map((line) => `\n  ${line}`).join('');
}

/** Whether a tensor may belong to a head of any family, by its name. */
export const mayBelong = (name: string): boolean => anyHead.test(name);

const anyHead = new RegExp(
  `(^|\\.)(${[
    ...Object.values(architectures).flatMap(({ template: { fixed, blocks, block, shared } }) => [
      ...Object.keys(fixed).map(escaped),
      ...[{ names: blocks, tensors: block }, ...(shared ? [shared] : [])].flatMap(({ names, tensors }) =>
        Object.keys(tensors).map((own) => `${escaped(names)}\\.\\d+\\.${escaped(own)}`),
      ),
    ]),
    ...Object.values(families).flatMap(({ extras }) => extras.map((extra) => escaped(extra.name))),
  ].join('|')})$`,
);

function escaped(name: string): string {
  return name.replaceAll('.', '\\.');
}

/** Whether a tensor stands beside the heads of a family. */
export const isExtra = (family: FamilyName, name: string): boolean =>
  families[family].extras.some((extra) => name === extra.name || name.endsWith(`.${extra.name}`));

/** Where most of a family's names are found; usual prefixes win over others. Throws DataError as `locateHead` does. */
export function headPrefix(path: string, name: FamilyName, shapes: Shapes): string {
  const { title, prefixes } = families[name];
  const counts = prefixCounts(families[name], shapes);
  const most = Math.max(0, ...counts.values());
  if (most < 2) throw noHead(path, name, shapes);
  const rank = (prefix: string): number => (prefixes.includes(prefix) ? prefixes.indexOf(prefix) : prefixes.length);
  const all = [...counts].filter(([, count]) => count === most).map(([prefix]) => prefix);
  const best = all.filter((prefix) => !isCopy(families[name], prefix, all));
  const [first = '', second] = best.toSorted((a, b) => rank(a) - rank(b));
  if (second !== undefined && rank(first) === rank(second))
    throw new DataError(
      `${path}: expected one head of ${title}, found several: ${best.slice(0, 4).map(shown).join(' and ')}`,
    );
  const owner = markedFor(first);
  if (owner !== undefined && owner !== name)
    throw new DataError(
      `${path}: expected a head of ${title}, found ${shown(first)} of ${families[owner].title}: ${importAs([owner])}`,
    );
  return first;
}

/** The prefix of a head's other copy, of families whose system stores it under two. */
export function twinPrefix({ twins: [first, second] = ['', ''] }: Family, prefix: string): string | undefined {
  if (first === '') return undefined;
  if (prefix.includes(first)) return prefix.replace(first, second);
  return prefix.includes(second) ? prefix.replace(second, first) : undefined;
}

/** Whether a prefix is that of a second copy beside the first. */
const isCopy = ({ twins }: Family, prefix: string, all: readonly string[]): boolean =>
  twins !== undefined && prefix.includes(twins[1]) && all.includes(prefix.replace(twins[1], twins[0]));

/** How many of a family's fixed names each prefix has. */
function prefixCounts({ architecture }: Family, shapes: Shapes): Map<string, number> {
  const counts = new Map<string, number>();
  const own = Object.keys(architectures[architecture].template.fixed);
  for (const full of shapes.keys())
    for (const name of own) {
      const prefix = full.slice(0, -name.length);
      if (full.endsWith(name) && (prefix === '' || prefix.endsWith('.')))
        counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
    }
  return counts;
}

/** The family whose mark a prefix bears; of several the longest tells. */
const markedFor = (prefix: string): FamilyName | undefined =>
  familyNames()
    .flatMap((name) => families[name].marks.map((mark) => ({ name, mark })))
    .filter(({ mark }) => prefix.includes(mark))
    .toSorted((a, b) => b.mark.length - a.mark.length)[0]?.name;

function noHead(path: string, name: FamilyName, shapes: Shapes): DataError {
  const { title, prefixes, architecture } = families[name];
  const others = otherFamilies(name, shapes);
  const names = [...shapes.keys()];
  const held = `among ${names.length} tensors that could be of a head: ${names.slice(0, 6).join(', ') || 'none'}`;
  return new DataError(
    `${path}: expected a head of ${title}, with a tensor such as ${prefixes[0]}${architectures[architecture].template.sign}, ` +
      `found none ${others.length > 0 ? `but one of another family: ${importAs(others)}` : held}`,
  );
}

/** Prefixes that are tried for another family; a hostile file may have any number of them. */
const LIKELIEST = 4;

/** The other families that a head is here of, without a fault; those alone whose mark is seen, if any. */
function otherFamilies(name: FamilyName, shapes: Shapes): FamilyName[] {
  const fitting = familyNames().flatMap((other) => {
    if (other === name) return [];
    const counts = [...prefixCounts(families[other], shapes)].toSorted(([, a], [, b]) => b - a);
    const found = counts
      .slice(0, LIKELIEST)
      .find(([prefix, count]) => count > 1 && attempt(families[other], prefix, shapes).problems.length === 0);
    return found === undefined ? [] : [{ other, owner: markedFor(found[0]) }];
  });
  const marked = fitting.filter(({ other, owner }) => owner === other);
  return (marked.length > 0 ? marked : fitting.filter(({ owner }) => owner === undefined)).map(({ other }) => other);
}

/** The head under a prefix, with what is wrong with it, a line a tensor. */
function attempt(family: Family, prefix: string, shapes: Shapes): { head: LocatedHead; problems: string[] } {
  const own = new Map([...shapes].filter(([full]) => full.startsWith(prefix)));
  const bare = new Map([...own].map(([full, shape]) => [full.slice(prefix.length), shape]));
  const voted = headSizes(family.architecture, bare);
  const token = voted.token || Math.floor(voted.output / family.outputs); // where no other tensor tells it
  const sizes = { ...voted, token, output: family.outputs * token };
  const expected = headShapes(sizes);
  const { stored = [] } = architectures[family.architecture].template;
  const buffers = stored.filter((name) => bare.has(name));
  const extras = extrasOf(family, sizes, shapes);
  const known = new Set([...extras.names, ...[...Object.keys(expected), ...buffers].map((name) => prefix + name)]);
  const problems = [
    ...Object.entries(expected).flatMap(([name, shape]) => fault(prefix + name, shape, bare.get(name))),
    ...buffers.flatMap((name) => fault(prefix + name, [sizes.frequencies], bare.get(name))),
    ...extras.problems,
    ...[...own.keys()].filter((full) => !known.has(full)).map((full) => `${full}: expected no such tensor`),
  ];
  const tensors = [...Object.keys(expected), ...buffers].map((name) => prefix + name);
  return { head: { prefix, sizes, tensors, extras: extras.names }, problems };
}

/** What belongs to the head outside of it, where it is there. */
function extrasOf({ extras }: Family, sizes: { token: number; condition: number }, shapes: Shapes) {
  const names: string[] = [];
  const problems: string[] = [];
  for (const { name, shape } of extras) {
    const full = [...shapes.keys()].find((key) => key === name || key.endsWith(`.${name}`));
    if (full === undefined) continue;
    names.push(full);
    problems.push(...fault(full, shape(sizes), shapes.get(full)));
  }
  return { names, problems };
}

function fault(
  name: string,
  expected: readonly (number | undefined)[],
  found: readonly number[] | undefined,
): string[] {
  const wanted = `[${expected.map((size) => size || '?').join(', ')}]`;
  if (found === undefined) return [`${name}: expected shape ${wanted}, found none`];
  const fits = found.length === expected.length && expected.every((size, axis) => !size || size === found[axis]);
  return fits ? [] : [`${name}: expected shape ${wanted}, got [${found.join(', ')}]`];
}
