import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeNpy } from '../../../src/ground/file/npy.ts';
import { openNpy } from '../../../src/ground/file/npy-rows.ts';
import { counted, temporaryFolder } from '../../teachers/capture/temporary-capture.ts';

describe('rows of a .npy file', () => {
  it('are read by range', async () => {
    const path = join(await temporaryFolder(), 'a.npy');
    await writeNpy(path, counted(5, 3));
    const file = await openNpy(path);
    expect([file.dtype, file.shape]).toEqual(['F32', [5, 3]]);
    expect(await file.readRows(1, 3)).toEqual({ shape: [2, 3], data: Float32Array.of(100, 101, 102, 200, 201, 202) });
    await file.close();
  });

  it('are refused where the file is cut off, or is none', async () => {
    const path = join(await temporaryFolder(), 'a.npy');
    await writeNpy(path, counted(5, 3));
    await truncate(path, 130);
    await expect(openNpy(path)).rejects.toThrow('expected 60 bytes for shape [5, 3], got 2');
    await writeFile(path, 'short');
    await expect(openNpy(path)).rejects.toThrow(`${path}: not a .npy file`);
  });
});
