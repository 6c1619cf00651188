import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { guidedAtEntrance } from '../../heads/context.ts';
import { families } from '../../heads/family/table.ts';
import type { Conventions } from '../../heads/network/conventions.ts';
import { takesTwoTimes } from '../../heads/network/output.ts';
import { importedCardSchema } from './card.ts';
import { graphCardSchema } from './graph/card.ts';

/** What a head takes. */
export interface HeadInputs {
  /** Whether it maps between two times. */
  readonly twoTimes: boolean;
  /** Whether guidance is had where its hidden states enter, so that any scale can be had from its own tensors. */
  readonly guidedBefore: boolean;
}

/** What the imported head in a folder takes, by its card; undefined where there is none, which loading it will tell. */
export function importedInputs(folder: string): HeadInputs | undefined {
  const found = cardIn(folder);
  const graph = graphCardSchema.safeParse(found);
  if (graph.success) return inputsOf({ graph: graph.data.head }, graph.data.conventions);
  const card = importedCardSchema().safeParse(found);
  return card.success ? inputsOf(families[card.data.family], card.data.conventions) : undefined;
}

const inputsOf = (head: Parameters<typeof takesTwoTimes>[0], guided: Pick<Conventions, 'guidance'>): HeadInputs => ({
  twoTimes: takesTwoTimes(head),
  guidedBefore: guidedAtEntrance(guided),
});

function cardIn(folder: string): unknown {
  try {
    return JSON.parse(readFileSync(join(folder, 'card.json'), 'utf8'));
  } catch {
    return undefined;
  }
}
