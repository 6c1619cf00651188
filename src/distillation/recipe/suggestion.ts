/** Edits (insert, delete, replace) between two words: Levenshtein's distance. */
export function editDistance(from: string, to: string): number {
  const letters = [...to];
  let row = Array.from({ length: letters.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, other] of letters.entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** The known word nearest to a mistyped one, or undefined when none is near (more than a third of it is wrong). */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > 64) return undefined;
  const limit = Math.max(1, Math.ceil(word.length / 3));
  const scored = known.map((candidate) => ({
    candidate,
    distance: editDistance(word.toLowerCase(), candidate.toLowerCase()),
  }));
  scored.sort((a, b) => a.distance - b.distance);
  const best = scored[0];
  return best !== undefined && best.distance <= limit ? best.candidate : undefined;
}

/** `; did you mean x?`, or nothing. */
export function suggestion(word: unknown, known: readonly string[]): string {
  const best = typeof word === 'string' ? nearest(word, known) : undefined;
  return best === undefined ? '' : `; did you mean ${best}?`;
}
