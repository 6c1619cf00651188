import { describe, expect, it } from 'vitest';
import { openJudge } from '../../../src/evaluation/features/open-judge.ts';
import { comparedReal } from '../../../src/evaluation/real/compared-real.ts';
import { readToldReal } from '../../../src/evaluation/real/told-real.ts';
import { tinyJudge } from '../features/tiny-judge.ts';

const fixture = (name: string): string => `test/fixtures/statistics/${name}.npz`;
const seen = { channels: 1, size: 4, prompts: 4 } as const;

async function compared(name: string, size = 4) {
  const judge = await openJudge(await tinyJudge());
  return comparedReal(fixture(name), judge, { ...seen, size }).finally(() => judge.dispose());
}

describe('what rows are compared with', () => {
  it('is the moments of a file, where these are of as many features as the network has', async () => {
    const told = await readToldReal(fixture('fid'), 1);
    const { real, statistics } = await compared('fid');
    expect(real).toEqual({ moments: 'moments' in told && told.moments });
    expect(statistics).toEqual({ name: 'fid.npz', hash: told.hash });
    await expect(compared('fid', 2)).rejects.toThrow(
      `${fixture('fid')}: expected statistics of the 2 features of tiny-judge, got 4`,
    );
  });

  it('is the features of its images in a random order, as many as go round the prompts', async () => {
    const { real, statistics } = await compared('adm');
    expect(statistics).toMatchObject({ name: 'adm.npz', images: 44 });
    const judge = await openJudge(await tinyJudge());
    const told = await readToldReal(fixture('adm'), 1);
    const all: string[] = [];
    if ('images' in told)
      for await (const images of told.images) {
        const { features } = await judge.extract(images);
        for (let row = 0; row < 45; row++) all.push(features.data.subarray(4 * row, 4 * row + 4).join());
      }
    await judge.dispose();
    const found = Array.from({ length: 44 }, (_, row) => real.real?.data.subarray(4 * row, 4 * row + 4).join() ?? '');
    expect(new Set(found).size).toBe(44);
    expect(found.every((row) => all.includes(row))).toBe(true);
    expect(found).not.toEqual(all.slice(0, 44));
  });
});
