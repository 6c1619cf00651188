import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { families } from '../../heads/family/table.ts';
import { takesTwoTimes } from '../../heads/network/output.ts';
import { importedCardSchema } from './card.ts';

/** What a head takes. */
export interface HeadInputs {
  /** Whether it maps between two times. */
  readonly twoTimes: boolean;
  /** Whether guidance combines its hidden states, so that any scale can be had from it. */
  readonly guidedBefore: boolean;
}

/** What the imported head in a folder takes, by its card; undefined where there is none, which loading it will tell. */
export function importedInputs(folder: string): HeadInputs | undefined {
  const card = importedCardSchema.safeParse(cardIn(folder));
  if (!card.success) return undefined;
  const { family, conventions } = card.data;
  return {
    twoTimes: takesTwoTimes(families[family]),
    guidedBefore: conventions.guidance === 'condition',
  };
}

function cardIn(folder: string): unknown {
  try {
    return JSON.parse(readFileSync(join(folder, 'card.json'), 'utf8'));
  } catch {
    return undefined;
  }
}
