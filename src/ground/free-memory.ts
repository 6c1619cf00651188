import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/**
 * Frees the arrays that nothing holds any more, now. The garbage collector comes when the JavaScript heap grows; a
 * training of a large head allocates outside it, and would keep the weights it has started from to its end.
 */
export function freeMemory(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}
