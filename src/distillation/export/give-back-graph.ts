import { join } from 'node:path';
import { modelWith } from '../../engine/onnx-graph/whole-model.ts';
import { DataError } from '../../ground/errors.ts';
import { writeAtomic } from '../../ground/file/atomic.ts';
import { writeSafetensors } from '../../ground/file/safetensors.ts';
import { embeddedParts, type GraphHead } from '../../heads/network/graph-config.ts';
import { graphFile, readGraph } from '../../teachers/imported/graph/read.ts';
import type { Student } from '../student/file.ts';
import { type GivenBack, originalFile, useFacts, useFile, writeUse } from './given-back.ts';

/** The ONNX file of a head that came as one, with a student's numbers. */
const originalGraph = 'original.onnx';

/**
 * Writes a student of a head that came as ONNX: original.safetensors under the names of the file's initializers, use.py, and, of
 * a student of the original's signature, original.onnx: the file itself with the student's numbers. Throws FileError or
 * DataError.
 */
export async function giveBackGraph(
  { name, student, teacher }: { readonly name: string; readonly student: Student; readonly teacher: string },
  folder: string,
): Promise<GivenBack> {
  const { card } = await readGraph(teacher);
  const { teacherWeights = card.weights } = student.metadata;
  if (teacherWeights !== card.weights || student.config.graph === undefined)
    throw new DataError(
      `${teacher}: expected the head that the student ${name} was distilled from, with its graph: students with a head of ` +
        'their own in the recipe cannot replace it',
    );
  const about = { ...useFacts(student), family: 'onnx', prefix: '', graph: graphUse(card.head) };
  const metadata = { ...student.metadata, format: 'pt', fewstep: JSON.stringify(about) };
  await writeSafetensors(join(folder, originalFile), student.parameters, { metadata });
  await writeUse(folder);
  const files = [originalFile, useFile];
  if (student.config.signature !== 'original') return { name, folder, files };
  await writeAtomic(join(folder, originalGraph), await modelWith(join(teacher, graphFile), student.parameters));
  return { name, folder, files: [...files, originalGraph] };
}

/** What use.py must know of a graph: what an embedding holds, which times are integers, and its scale without guidance. */
const graphUse = ({ graph, t, s, unguided = 1, ...head }: GraphHead) => ({
  parts: embeddedParts({ ...head, t, ...(s !== undefined && { s }) }),
  unguided,
  integers: [t, s].map((time) =>
    graph.inputs.some(({ name, elementType }) => name === time && /int/.test(elementType)),
  ),
});
