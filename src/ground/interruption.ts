/**
 * Stopping the work of a thread. A thread or process that ends while a native call is under way aborts with it, so that
 * work is not ended from outside: it is told to stop, begins no further call, and ends by itself.
 */
import { setImmediate } from 'node:timers/promises';

let check = (): void => undefined;
const underWay = new Set<Promise<unknown>>();

/** Tells this thread how it learns that it is to stop: `stop` throws then. It holds until the next call. */
export function stopBy(stop: () => void): void {
  check = stop;
}

/** Throws when this thread was told to stop: to be called wherever work can end, between two pieces. */
export function throwIfInterrupted(): void {
  check();
}

/** Lets what is pending be handled, signals too, in the middle of long JavaScript; throws when interrupted. */
export async function pause(): Promise<void> {
  await setImmediate();
  check();
}

/** A call that goes on outside of JavaScript, on threads of its own. */
export async function nativeCall<Result>(call: () => Promise<Result>): Promise<Result> {
  const promise = call();
  underWay.add(promise);
  try {
    return await promise;
  } finally {
    underWay.delete(promise);
  }
}

/** Fulfils when no native call of this thread is under way. */
export async function nativeCallsEnded(): Promise<void> {
  while (underWay.size > 0) await Promise.allSettled(underWay);
}
