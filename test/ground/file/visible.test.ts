import { expect, it } from 'vitest';
import { exitCodes, FileError } from '../../../src/ground/errors.ts';
import { shortened, visible, visibleText } from '../../../src/ground/file/visible.ts';

it('writes out what shows nothing, as JSON does, and leaves what shows', () => {
  expect(visible('größe 漢字 é 😀 5\u00a0%')).toBe('größe 漢字 é 😀 5\u00a0%');
  const unseen = '\u001b\u0007\u009b\u202e\u2066\u200b\u00ad\u2028\u3164\ufeff\ud800\u{e0001}\n';
  expect(visible(unseen)).toMatch(/^(\\u[0-9a-f]{4}){14}$/);
  expect(JSON.parse(`"${visible(unseen)}"`)).toBe(unseen);
  expect(visibleText('a\u0007\nb')).toBe('a\\u0007\nb');
});

it('cuts a long text in its middle', () => {
  expect(shortened('abcdefgh', 8)).toBe('abcdefgh');
  expect(shortened('abcdefghi', 8)).toBe('abcde…hi');
});

it('keeps every message of an error short and seen', () => {
  const { message, code } = new FileError(`${'p'.repeat(50_000)}\u001b[31m: reason\n${'line\n'.repeat(500)}`);
  expect(message.length).toBeLessThan(7000);
  expect(message).toMatch(/^p+…p+\\u001b\[31m: reason\n(line\n)+…$/);
  expect(message.split('\n')).toHaveLength(41);
  expect(exitCodes[code]).toBe(5);
});
