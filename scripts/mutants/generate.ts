import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import ts from 'typescript';
import { stream } from '../../src/ground/random/philox.ts';
import { lineOf, type Mutation } from './mutation.ts';
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

/**
 * `count` mutations of the files, drawn by a seed. Each has a number of its own, from its file's name, its line and the
 * change, and those with the least are taken: a change elsewhere, or a move of the file, draws no other sample.
 */
export function sampledMutations(files: readonly string[], count: number, seed: number): Mutation[] {
  const drawn = files.flatMap((file) => {
    const source = readFileSync(file, 'utf8');
    const lines = source.split('\n');
    const seen = new Map<string, number>();
    return mutationsOf(file).map((mutation) => {
      const line = lines[lineOf(source, mutation) - 1]?.trim() ?? '';
      const key = [basename(file), line, mutation.text, mutation.replacement].join('\n');
      const before = seen.get(key) ?? 0;
      seen.set(key, before + 1);
      return { mutation, place: stream('mutants', seed, key, before).uniform(1)[0] ?? 1 };
    });
  });
  return drawn
    .toSorted((a, b) => a.place - b.place)
    .slice(0, count)
    .map(({ mutation }) => mutation);
}
