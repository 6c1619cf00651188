/** What is written for the system that a head came from: files, and the PyTorch that uses them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomic } from '../../ground/file/atomic.ts';
import { hearingOf } from '../../heads/context.ts';
import { takesTwoTimes } from '../../heads/network/output.ts';
import type { Student } from '../student/file.ts';
import { addedTensors } from './original-tensors.ts';

/** What was written into a folder. */
export interface GivenBack {
  readonly name: string;
  readonly folder: string;
  readonly files: readonly string[];
}

/** The file of weights under the original system's names. */
export const originalFile = 'original.safetensors';

/** The PyTorch that uses them, as it is written beside. */
export const useFile = 'use.py';

const useSource = new URL('../../../docs/give-back/use.py', import.meta.url);

/** Writes the PyTorch into a folder. */
export const writeUse = async (folder: string): Promise<void> =>
  writeAtomic(join(folder, useFile), await readFile(useSource));

/** What use.py must know of a student. */
export function useFacts(student: Student) {
  const { config, sampler, times, noiseScales } = student;
  const {
    prediction = 'velocity',
    guidance = 'output',
    startIndex = 999,
    betas = 'cosine',
    reversedTime = false,
  } = config;
  return {
    added: [...new Set(addedTensors(student).map((name) => name.replace(/\..*/, '.')))],
    sampler,
    times: times?.[sampler] ?? {},
    ...(noiseScales?.[sampler] && { noiseScales: noiseScales[sampler] }),
    told: hearingOf(config),
    ...{ prediction, guidance, startIndex, betas, reversedTime, twoTimes: takesTwoTimes(config) },
    timeScale: config.timeScale,
    truncateTime: config.truncateTime ?? false,
    bf16Time: config.bf16Time ?? false,
  };
}
