import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { writeAtomic } from '../../ground/file/atomic.ts';
import { writeStored } from '../../ground/file/stored-tensors.ts';
import { hearingOf } from '../../heads/context.ts';
import { takesTwoTimes } from '../../heads/network/output.ts';
import { type OpenImported, openImported } from '../../teachers/imported/weights.ts';
import { readStudent, type Student } from '../student/file.ts';
import { addedTensors, headTensors, studentTensors, type WrittenDtype } from './original-tensors.ts';

/** What was written into a folder. */
export interface GivenBack {
  readonly name: string;
  readonly folder: string;
  readonly files: readonly string[];
}

/** The file of weights under the original system's names. */
export const originalFile = 'original.safetensors';

/** The PyTorch that uses them, as it is written beside. */
const useFile = 'use.py';

const useSource = new URL('../../../docs/give-back/use.py', import.meta.url);

/**
 * Writes a student as original.safetensors, which can take the place of its teacher's head in the system that it came
 * from, and use.py, the PyTorch that feeds it. `teacher` is the imported head's folder. Throws FileError or DataError.
 */
export async function giveBackStudent(
  { name, path, teacher }: { readonly name: string; readonly path: string; readonly teacher: string },
  folder: string,
  dtype: WrittenDtype = 'F32',
): Promise<GivenBack> {
  const student = await readStudent(path);
  const head = await openImported(teacher);
  try {
    const metadata = { ...student.metadata, format: 'pt', fewstep: JSON.stringify(facts(student, head)) };
    await writeStored(join(folder, originalFile), studentTensors(student, head, dtype), metadata);
  } finally {
    await head.file.close();
  }
  await writeAtomic(join(folder, useFile), await readFile(useSource));
  return { name, folder, files: [originalFile, useFile] };
}

/** Writes an imported head as it came, or its trainable tensors in another element type, as original.safetensors. */
export async function giveBackHead(teacher: string, folder: string, dtype?: WrittenDtype): Promise<GivenBack> {
  const head = await openImported(teacher);
  try {
    await writeStored(join(folder, originalFile), headTensors(head, dtype), { format: 'pt' });
    return { name: head.card.name || basename(teacher), folder, files: [originalFile] };
  } finally {
    await head.file.close();
  }
}

/** What use.py must know of a student. */
function facts(student: Student, { card, head }: OpenImported) {
  const { config, sampler, times } = student;
  const { prediction = 'velocity', guidance = 'output', startIndex = 999 } = config;
  return {
    family: card.family,
    prefix: head.prefix,
    added: [...new Set(addedTensors(student).map((name) => name.replace(/\..*/, '.')))],
    sampler,
    times: times?.[sampler] ?? {},
    told: hearingOf(config),
    ...{ prediction, guidance, startIndex, twoTimes: takesTwoTimes(config) },
    timeScale: config.timeScale,
    truncateTime: config.truncateTime ?? false,
    bf16Time: config.bf16Time ?? false,
  };
}
