/**
 * Lets `count` pieces of work go on at a time; the others wait and begin in the order in which they came. Piscina's own
 * queue does not keep an order.
 */
export function turns(count: number): <Value>(work: () => Promise<Value>) => Promise<Value> {
  const waiting: (() => void)[] = [];
  let free = count;
  const begin = async (): Promise<void> => {
    if (free === 0) return new Promise((resolve) => waiting.push(resolve));
    free--;
  };
  const end = (): void => {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  };
  return async (work) => {
    await begin();
    return work().finally(end);
  };
}
