import { fileURLToPath } from 'node:url';
import { openSafetensors } from '../../../src/ground/file/safetensors.ts';
import type { HostTensor, Parameters } from '../../../src/ground/host-tensor.ts';
import { type FamilyName, families } from '../../../src/heads/family/table.ts';
import { type HeadConfig, headConfig } from '../../../src/heads/network/config.ts';

/** A part of a case of golden numbers. */
export async function golden(name: string, part: 'weights' | 'io' | 'grad') {
  const path = fileURLToPath(new URL(`../../fixtures/${name}.${part}.safetensors`, import.meta.url));
  const file = await openSafetensors(path);
  const tensors = await file.readAll().finally(() => file.close());
  return { metadata: file.metadata, tensors };
}

/** A case's head under bare names, its config, its prefix and its inputs and outputs. */
export async function goldenHead(name: string) {
  const { metadata, tensors } = await golden(name, 'weights');
  const prefix = metadata.prefix ?? '';
  const own = Object.entries(tensors).filter(([key]) => key.startsWith(prefix) && !/speech_\w+_factor$/.test(key));
  const parameters = Object.fromEntries(own.map(([key, tensor]) => [key.slice(prefix.length), tensor])) as Parameters;
  const { timeScale, conventions } = families[name.replace(/-[ab]$/, '') as FamilyName];
  const config: HeadConfig = headConfig(parameters, timeScale, conventions);
  const io: Readonly<Record<string, HostTensor>> = (await golden(name, 'io')).tensors;
  return { parameters, config, prefix, io };
}
