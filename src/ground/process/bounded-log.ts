import { closeSync, openSync, writeSync } from 'node:fs';
import { fileFailure } from '../file/failure.ts';

/** Bytes of a log from the start, and, where there are more, from the end. */
const [FIRST, LAST] = [1 << 20, 1 << 16];

/** A file of what a program prints, which can be read while it grows, of a bounded length. */
export interface BoundedLog {
  readonly path: string;
  /** Takes what was printed. */
  readonly add: (bytes: Uint8Array) => void;
  /** The last lines that are not empty. */
  readonly lastLines: (count: number) => readonly string[];
  /** Writes the end, where the middle was left out, and closes the file. Throws FileError where anything was not written. */
  readonly close: () => void;
}

/** Begins a log. Throws FileError. */
export function openLog(path: string): BoundedLog {
  const file = failing(path, () => openSync(path, 'w'));
  let [written, printed] = [0, 0];
  let end = Buffer.alloc(0);
  let fault: unknown;
  const write = (bytes: Uint8Array | string): void => {
    try {
      writeSync(file, Buffer.from(bytes));
    } catch (error) {
      fault ??= error; // the program goes on: its work is not lost by a log
    }
  };
  return {
    path,
    add(bytes) {
      const room = Math.min(FIRST - written, bytes.length);
      if (room > 0) write(bytes.subarray(0, room));
      [written, printed] = [written + room, printed + bytes.length];
      end = Buffer.from(Buffer.concat([end, bytes]).subarray(-LAST));
    },
    lastLines: (count) =>
      end
        .toString('utf8')
        .split(/[\r\n]+/)
        .filter((line) => line.trim() !== '')
        .slice(-count),
    close() {
      const rest = Math.min(end.length, printed - written);
      if (printed - written > rest) write(`\n… ${printed - written - rest} bytes are left out here …\n`);
      if (rest > 0) write(end.subarray(-rest));
      closeSync(file);
      if (fault !== undefined) throw fileFailure(path, 'written', fault);
    },
  };
}

function failing<Result>(path: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw fileFailure(path, 'written', error);
  }
}
