/** The student at the lowest held-out energy distance: a student's file like the last one's, sealed, so that it can be resumed. */
import { join } from 'node:path';
import type { BestFile } from '../../engine/training/best.ts';
import { FileError } from '../../ground/errors.ts';
import { readSealed, writeSealed } from '../../ground/file/sealed.ts';
import type { Parameters } from '../../ground/host-tensor.ts';
import { type Student, studentTexts } from '../student/file.ts';
import { withoutOthers } from './distil-student.ts';
import { bestStudentFile } from './student-facts.ts';

/** Where the best student of a training is kept, in its folder. */
export function bestStudent(folder: string, student: Omit<Student, 'parameters'>): BestFile {
  const path = join(folder, bestStudentFile);
  return {
    path,
    write: (average, { step, value }) => {
      const metadata = { ...student.metadata, step: String(step), heldOutEnergy: String(value) };
      return writeSealed(path, withoutOthers(average), studentTexts({ ...student, metadata }));
    },
    read: async () => {
      try {
        const { step, heldOutEnergy } = (await readSealed(path)).metadata;
        return { step: Number(step), value: Number(heldOutEnergy) };
      } catch (error) {
        if (error instanceof FileError) return undefined;
        throw error;
      }
    },
  };
}

/** The weights of the best student in a folder. Throws FileError where they are not what was written. */
export async function bestWeights(folder: string): Promise<Parameters> {
  const { tensors } = await readSealed(join(folder, bestStudentFile));
  return tensors as Parameters;
}
