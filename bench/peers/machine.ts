import { readFileSync } from 'node:fs';

/** What decides how fast products can be, by the flags of Linux's /proc/cpuinfo that tell of it. */
const features: Readonly<Record<string, readonly string[]>> = {
  AVX2: ['avx2'],
  AVX512: ['avx512f'],
  VNNI: ['avx512_vnni', 'avx_vnni'],
  BF16: ['avx512_bf16', 'avx_ne_convert'],
  AMX: ['amx_tile'],
};

/** The names of a processor's features, of the text of /proc/cpuinfo. */
export function featuresOf(cpuinfo: string): string[] {
  const flags = new Set(/^flags\s*:\s*(.*)$/m.exec(cpuinfo)?.[1]?.split(/\s+/));
  return Object.entries(features).flatMap(([name, any]) => (any.some((flag) => flags.has(flag)) ? [name] : []));
}

/** Those of this machine; unknown where there is no such file. */
export function machineFeatures(): string {
  try {
    return featuresOf(readFileSync('/proc/cpuinfo', 'utf8')).join(', ') || 'none of AVX2, AVX512, VNNI, BF16, AMX';
  } catch {
    return 'unknown features';
  }
}
