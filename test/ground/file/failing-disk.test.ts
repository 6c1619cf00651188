import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAtomic } from '../../../src/ground/file/atomic.ts';
import { appendLine } from '../../../src/ground/file/json-lines.ts';
import { writeSafetensors } from '../../../src/ground/file/safetensors.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fewstep-disk-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** What another process says that writes 4 MB of tensors to a path after a command of the shell. */
async function writeAfter(command: string, path: string): Promise<string> {
  const script = fileURLToPath(new URL('./write-tensors.ts', import.meta.url));
  const line = `${command}; exec "$0" --import tsx "$1" "$2"`;
  const env = { ...process.env, TSX_DISABLE_CACHE: '1' };
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', line, process.execPath, script, path], { env });
  expect(stderr).toBe('');
  return stdout.trim();
}

describe.runIf(process.platform === 'linux')('a disk that fails', () => {
  it('by a limit of the size of files gives one line, and the old file stays', async () => {
    const path = join(folder, 'weights.safetensors');
    await writeFile(path, 'old');
    expect(await writeAfter('ulimit -f 256', path)).toBe(
      `file: ${path}: cannot be written: the file would be larger than this system or its limit (ulimit -f) allows (EFBIG)`,
    );
    expect(await readdir(folder)).toEqual(['weights.safetensors']);
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await writeAfter('true', path)).toBe('written');
    expect((await stat(path)).size).toBeGreaterThan(4_000_000);
  });

  it('by being full gives one line', async () => {
    const full = '/dev/full: cannot be written: no space left on the device (ENOSPC)';
    expect(await writeAfter('true', '/dev/full')).toBe(`file: ${full}`);
    await expect(writeAtomic('/dev/full', 'text')).rejects.toThrow(full);
    await expect(appendLine('/dev/full', { step: 1 })).rejects.toThrow(full);
    expect((await stat('/dev/full')).isCharacterDevice()).toBe(true);
  });

  it('by a folder that takes no files gives one line', async () => {
    const tensors = { a: { shape: [1], data: Float32Array.of(1) } };
    await expect(writeSafetensors('/proc/a.safetensors', tensors)).rejects.toThrow(
      /^\/proc\/a\.safetensors: cannot be written: [a-z -]+ \(E[A-Z]+\)$/,
    );
  });
});
