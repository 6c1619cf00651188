const words = 'zero one two three four five six seven eight nine ten eleven twelve'.split(' ');

/** A count in a sentence: a word up to twelve, else its digits. */
export const numberWord = (count: number): string => words[count] ?? String(count);
