import { describe, expect, it } from 'vitest';
import { quoted } from '../../../src/ground/file/quoted.ts';

describe('quoted', () => {
  it('writes out whatever a terminal could take for a command', () => {
    expect(quoted('größe "a"')).toBe('"größe \\"a\\""');
    expect(quoted('\u001b[2J\u009b2J\u007f\n')).toBe('"\\u001b[2J\\u009b2J\\u007f\\n"');
  });

  it('cuts a long text', () => {
    expect(quoted('x'.repeat(500), 3)).toBe('"xxx…"');
  });
});
