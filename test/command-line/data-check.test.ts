import { describe, expect, it } from 'vitest';
import { captureOf, counted, integers } from '../teachers/capture/temporary-capture.ts';
import { runFewstep } from './run-fewstep.ts';

const whole = () =>
  captureOf({
    'a.safetensors': { conditional: counted(40, 3), target: counted(40, 2), position: integers([...Array(40).keys()]) },
  });

describe('fewstep data check', () => {
  it('prints shapes, types, moments and histograms', async () => {
    const folder = await whole();
    const text = await runFewstep('data', 'check', folder);
    expect(text).toContain(`${folder}: 40 rows in 1 shard;`);
    expect(text).toMatch(/conditional +\[40, 3\] +F32 +1,951 +1,154/);
    expect(text).toMatch(/position +\[40\] +I32/);
    expect(text).toContain('█');
    expect(text).toContain('No problems found');
  });

  it('prints the summary as JSON', async () => {
    const summary = JSON.parse(await runFewstep('data', 'check', await whole(), '--json'));
    expect(summary).toMatchObject({ rows: 40, condition: 3, token: 2, problems: [] });
  });

  it('fails where guidance is asked for and nothing was captured without the prompt', async () => {
    await expect(runFewstep('data', 'check', await whole(), '--guidance', '3')).rejects.toThrow(
      'expected a tensor named unconditional for guidance 3, found none',
    );
  });
});
