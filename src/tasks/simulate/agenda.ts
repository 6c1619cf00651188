/** What happens when: entries by their times, those of one time in the order in which they came. */
export interface Agenda<Entry> {
  readonly add: (time: number, entry: Entry) => void;
  /** Takes the earliest entry; undefined where there is none. */
  readonly next: () => { readonly time: number; readonly entry: Entry } | undefined;
}

/** An empty agenda: a binary heap. */
export function agenda<Entry>(): Agenda<Entry> {
  const heap: { readonly time: number; readonly order: number; readonly entry: Entry }[] = [];
  let order = 0;
  const isBefore = (a: number, b: number): boolean => {
    const [one, other] = [heap[a], heap[b]];
    if (one === undefined || other === undefined) return false;
    return one.time < other.time || (one.time === other.time && one.order < other.order);
  };
  const swap = (a: number, b: number): void => {
    const [one, other] = [heap[a], heap[b]];
    if (one !== undefined && other !== undefined) [heap[a], heap[b]] = [other, one];
  };
  return {
    add(time, entry) {
      let at = heap.push({ time, order: order++, entry }) - 1;
      for (let parent = (at - 1) >> 1; at > 0 && isBefore(at, parent); parent = (at - 1) >> 1) {
        swap(at, parent);
        at = parent;
      }
    },
    next() {
      const first = heap[0];
      const last = heap.pop();
      if (first === undefined || last === undefined || heap.length === 0) return first;
      heap[0] = last;
      for (let at = 0; ; ) {
        const left = 2 * at + 1;
        const child = isBefore(left + 1, left) ? left + 1 : left;
        if (!isBefore(child, at)) return first;
        swap(at, child);
        at = child;
      }
    },
  };
}
