/** Five digits: enough for figures, and a file a third as long. */
export const rounded = (value: number): number => Number(value.toPrecision(5));
