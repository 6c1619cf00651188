import type { Stream } from '../../src/ground/random/philox.ts';
import { below } from './kind.ts';

type Change = (bytes: Buffer, random: Stream) => Buffer;

const tokens = [
  '[',
  '{',
  '"',
  '-1',
  '1e999',
  '9007199254740993',
  'null',
  '../../x',
  '__proto__',
  '\u001b[2J',
  '\n',
  ': ',
];

const part = (bytes: Buffer, random: Stream): [number, number] => {
  const from = below(random, bytes.length);
  return [from, Math.min(bytes.length, from + 1 + below(random, Math.min(64, bytes.length - from)))];
};

const noise = (random: Stream, length: number): Buffer => Buffer.from(random.integers(length, 256));

const changes: Readonly<Record<string, Change>> = {
  flip: (bytes, random) => {
    const copy = Buffer.from(bytes);
    const at = below(random, copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << below(random, 8));
    return copy;
  },
  truncate: (bytes, random) => bytes.subarray(0, below(random, bytes.length)),
  extend: (bytes, random) => Buffer.concat([bytes, noise(random, 1 + below(random, 64))]),
  overwrite: (bytes, random) => {
    const [from, to] = part(bytes, random);
    return Buffer.concat([bytes.subarray(0, from), noise(random, to - from), bytes.subarray(to)]);
  },
  fill: (bytes, random) => Buffer.from(bytes).fill(below(random, 2) * 255, ...part(bytes, random)),
  repeat: (bytes, random) => {
    const [from, to] = part(bytes, random);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  },
  token: (bytes, random) => {
    const [from, to] = part(bytes, random);
    const text = (tokens[below(random, tokens.length)] ?? '').repeat(below(random, 20) === 0 ? 50_000 : 1);
    return Buffer.concat([bytes.subarray(0, from), Buffer.from(text), bytes.subarray(below(random, 2) ? to : from)]);
  },
};

/** Names of the changes. */
export const changeNames: readonly string[] = Object.keys(changes);

/** Changes bytes as a name says. */
export const changed = (bytes: Buffer, name: string, random: Stream): Buffer => changes[name]?.(bytes, random) ?? bytes;
