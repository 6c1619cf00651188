import { basename, join } from 'node:path';
import { UsageError } from '../../ground/errors.ts';
import { writeStored } from '../../ground/file/stored-tensors.ts';
import { isGraph } from '../../teachers/imported/head.ts';
import { openImported } from '../../teachers/imported/weights.ts';
import { readStudent } from '../student/file.ts';
import { giveBackGraph } from './give-back-graph.ts';
import { type GivenBack, originalFile, useFacts, useFile, writeUse } from './given-back.ts';
import { headTensors, studentTensors, type WrittenDtype } from './original-tensors.ts';

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
  if (await isGraph(teacher)) return giveBackGraph({ name, student, teacher }, folder);
  const head = await openImported(teacher);
  try {
    const about = { ...useFacts(student), family: head.card.family, prefix: head.head.prefix };
    const metadata = { ...student.metadata, format: 'pt', fewstep: JSON.stringify(about) };
    await writeStored(join(folder, originalFile), studentTensors(student, head, dtype), metadata);
  } finally {
    await head.file.close();
  }
  await writeUse(folder);
  return { name, folder, files: [originalFile, useFile] };
}

/** Writes an imported head as it came, or its trainable tensors in another element type, as original.safetensors. */
export async function giveBackHead(teacher: string, folder: string, dtype?: WrittenDtype): Promise<GivenBack> {
  if (await isGraph(teacher))
    throw new UsageError(`${teacher}: expected a student: a head that came as ONNX is the file itself`);
  const head = await openImported(teacher);
  try {
    await writeStored(join(folder, originalFile), headTensors(head, dtype), { format: 'pt' });
    return { name: head.card.name || basename(teacher), folder, files: [originalFile] };
  } finally {
    await head.file.close();
  }
}
