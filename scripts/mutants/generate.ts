import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { stream } from '../../src/ground/random/philox.ts';
import type { Mutation } from './mutation.ts';
import { changesOf } from './operators.ts';

/** Words, types and imports have no behaviour that a test of numbers could hold. */
const isWords = (node: ts.Node): boolean =>
  ts.isTypeNode(node) ||
  ts.isImportDeclaration(node) ||
  ts.isThrowStatement(node) ||
  ts.isTypeAliasDeclaration(node) ||
  ts.isInterfaceDeclaration(node);

/** Every mutation of a source file. */
export function mutationsOf(file: string): Mutation[] {
  const text = readFileSync(file, 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const found: Mutation[] = [];
  const visit = (node: ts.Node): void => {
    if (isWords(node)) return;
    for (const { node: changed, replacement, what } of changesOf(node))
      found.push({ file, start: changed.getStart(), text: changed.getText(), replacement, what });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** `count` mutations of the files, drawn by a seed. */
export function sampledMutations(files: readonly string[], count: number, seed: number): Mutation[] {
  const all = files.flatMap(mutationsOf);
  const order = stream('mutants', seed).permutation(all.length);
  return Array.from(order.slice(0, count)).flatMap((place) => all[place] ?? []);
}
