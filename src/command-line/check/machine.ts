import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { telemetryIsOff } from '../../ground/telemetry.ts';
import { type Check, type Finding, finding } from './check.ts';

const supported = [20, 22, 24];
const gibibyte = 2 ** 30;
const enoughMemory = 2 * gibibyte;
const enoughDisk = gibibyte;

const inGibibytes = (bytes: number): string => `${(bytes / gibibyte).toFixed(1)} GiB`;

/** Whether a version of Node is one that the project is tested on. */
export function nodeFinding(version: string): Finding {
  const major = Number(version.split('.')[0]);
  const status = supported.includes(major) ? 'ok' : major >= Math.min(...supported) ? 'warning' : 'failed';
  const detail = status === 'ok' ? version : `${version}; tested on ${supported.join(', ')}`;
  return { name: 'Node', status, detail };
}

/** Whether onnxruntime reports to its maker, which only the user's own setting can bring about. */
export const telemetryFinding = (): Finding =>
  telemetryIsOff()
    ? { name: 'telemetry', status: 'ok', detail: 'off' }
    : {
        name: 'telemetry',
        status: 'warning',
        detail: `ORT_DISABLE_TELEMETRY=${process.env.ORT_DISABLE_TELEMETRY} lets onnxruntime report to its maker`,
      };

/** Node's version, cores, memory, and what leaves the machine. */
export const checkMachine: Check = async () => {
  const memory = totalmem();
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  return [
    nodeFinding(process.versions.node),
    { name: 'cores', status: 'ok', detail: `${availableParallelism()} × ${model}` },
    { name: 'memory', status: memory < enoughMemory ? 'warning' : 'ok', detail: inGibibytes(memory) },
    telemetryFinding(),
  ];
};

/** Whether the current folder can be written, and how much room it has. */
export const checkFolder: Check = async () => {
  const folder = process.cwd();
  const written = await finding('folder', async () => {
    const probe = await mkdtemp(join(folder, '.fewstep-doctor-'));
    await writeFile(join(probe, 'probe'), 'probe').finally(() => rm(probe, { recursive: true, force: true }));
    return `${folder} can be written`;
  });
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  return [written, { name: 'free disk', status: free < enoughDisk ? 'warning' : 'ok', detail: inGibibytes(free) }];
};
