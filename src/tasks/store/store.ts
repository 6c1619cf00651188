import type { Readable } from 'node:stream';

/** Bytes that are put into a store, and what they must turn out to be. */
export interface StoredContent {
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
  /** The bytes from the beginning, as often as it is called; fails where they are not those of `sha256`. */
  readonly open: () => Readable;
}

/** Bytes that come from a store; nothing is known of them but their number. */
export interface FoundContent {
  readonly bytes: number;
  readonly body: Readable;
}

/**
 * Keeps bytes under keys for machines that share no folder. Keys are relative paths with forward slashes, made by `sets.ts` and
 * `entry.ts` alone. All methods throw FileError where the store cannot be reached or refuses, and the reason of a signal.
 */
export interface RunStore {
  /** Its address for people. */
  readonly shown: string;
  /** The keys that begin with a prefix, which ends with a slash. */
  readonly list: (prefix: string, signal: AbortSignal) => Promise<string[]>;
  /** Puts content under a key: readers find all of it, or what was there before. */
  readonly put: (key: string, content: StoredContent, signal: AbortSignal) => Promise<void>;
  /** What is under a key; undefined where nothing is. */
  readonly get: (key: string, signal: AbortSignal) => Promise<FoundContent | undefined>;
  /** Removes what is under keys, those with nothing too. */
  readonly remove: (keys: readonly string[], signal: AbortSignal) => Promise<void>;
  readonly close: () => void;
}
