import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { telemetryFinding } from '../../src/command-line/check/machine.ts';
import { runModule } from '../other-process.ts';

const session = new URL('../session-process.ts', import.meta.url);
const pooledSession = new URL('../pooled-session-process.ts', import.meta.url);

/** What a process that runs a program, here with a setting as a shell makes it, leaves in the home folder. */
async function leftBy(module: URL, setting: string): Promise<string[]> {
  const home = await mkdtemp(join(tmpdir(), 'fewstep-telemetry-'));
  try {
    const { code, stdout, stderr } = await runModule(module, [], { before: `${setting}; export HOME='${home}'` }).ended;
    expect([code, stdout, stderr]).toEqual([0, '2', '']);
    return (await readdir(home, { recursive: true })).filter((path) => path.includes('onnxruntime'));
  } finally {
    await rm(home, { recursive: true });
  }
}

describe.runIf(process.platform === 'linux')('onnxruntime', () => {
  it('leaves no device id and no events for its maker, be it loaded in the main thread or in a worker', async () => {
    expect(await leftBy(session, 'unset ORT_DISABLE_TELEMETRY')).toEqual([]);
    expect(await leftBy(session, 'export ORT_DISABLE_TELEMETRY=')).toEqual([]);
    expect(await leftBy(pooledSession, 'unset ORT_DISABLE_TELEMETRY')).toEqual([]);
  });
});

describe('the setting', () => {
  const load = async (value: string) => {
    vi.stubEnv('ORT_DISABLE_TELEMETRY', value);
    vi.resetModules();
    await import('../../src/ground/telemetry.ts');
    return process.env.ORT_DISABLE_TELEMETRY;
  };
  afterEach(() => vi.unstubAllEnvs());

  it("is made where there is none, and stays the user's own", async () => {
    expect([await load(''), await load('0'), await load('true')]).toEqual(['1', '0', 'true']);
  });

  it.each(['1', 'true', 'YES', ' on '])('of %j is told by doctor as off', (value) => {
    vi.stubEnv('ORT_DISABLE_TELEMETRY', value);
    expect(telemetryFinding()).toEqual({ name: 'telemetry', status: 'ok', detail: 'off' });
  });

  it.each(['0', 'no', '2'])('of %j is told by doctor as one that lets it report', (value) => {
    vi.stubEnv('ORT_DISABLE_TELEMETRY', value);
    expect(telemetryFinding()).toMatchObject({ status: 'warning', detail: expect.stringContaining(`=${value} lets`) });
  });
});
