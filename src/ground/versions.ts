import { createRequire } from 'node:module';
import { arch, cpus, platform, totalmem } from 'node:os';

const require = createRequire(import.meta.url);

/** What decides the bytes of a run beside its recipe, and what a report names as its environment. */
export function versions(): Record<string, string> {
  const versionOf = (name: string): string => (require(name) as { version: string }).version;
  return {
    fewstep: versionOf('../../package.json'),
    node: process.version,
    onnxruntime: versionOf('onnxruntime-node/package.json'),
    tfjs: versionOf('@tensorflow/tfjs/package.json'),
    platform: `${platform()} ${arch()}`,
    cpu: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
  };
}
