import { describe, expect, it } from 'vitest';
import type { Student } from '../../../src/distillation/student/file.ts';
import { studentFromScratch } from '../../../src/distillation/student/network.ts';
import { evaluateStudent } from '../../../src/evaluation/reference/evaluate-student.ts';
import { gaussianTeacher } from '../../../src/teachers/exact/gaussian.ts';
import type { ContextRequest } from '../../../src/teachers/teacher.ts';

const teacher = gaussianTeacher({ token: 2, condition: 3, std: 0.5, unconditionalStd: 1 });

/** A fresh student, which predicts 0: it ends where it starts, at noise N(0, 1). */
function still(token = 2): Student {
  const config = { token, condition: 3, width: 8, depth: 1, timeScale: 32 };
  return { parameters: studentFromScratch(config, 1), config, sampler: 'flow-map', metadata: {} };
}

const options = { contexts: 64, draws: 8, teacherSteps: 8 } as const;

describe('a student measured against its teacher in this process', () => {
  it('is as far as it ends from the teacher; the teacher itself is at its floor, which holds 0', async () => {
    const { floor, students, solvers, sizes } = await evaluateStudent(still(), teacher, { ...options, steps: [1, 8] });
    expect(floor.low).toBeLessThan(0);
    expect(floor.high).toBeGreaterThan(0);
    expect(students.map(({ steps, nfe }) => [steps, nfe])).toEqual([
      [1, 1],
      [8, 8],
    ]);
    for (const { energyDistance, endpointError } of students) {
      expect(energyDistance.low).toBeGreaterThan(10 * floor.high);
      expect(endpointError?.value).toBeGreaterThan(0.1);
    }
    const own = solvers.find(({ solver, steps }) => solver === 'heun' && steps === 8);
    expect(own).toMatchObject({ nfe: 32, energyDistance: floor, endpointError: { value: 0 } });
    expect(sizes).toEqual({ contexts: 64, draws: 8, solver: 'heun', steps: 8, guidance: 1, seed: 1 });
  });

  it('is measured in contexts that are held out, at the scale that is asked for, the same at every call', async () => {
    const asked: ContextRequest[] = [];
    const watched: typeof teacher = {
      ...teacher,
      contexts: (request) => {
        asked.push(request);
        return teacher.contexts(request);
      },
    };
    const one = await evaluateStudent(still(), watched, { ...options, steps: [1], guidance: 2 });
    expect(asked).toMatchObject([{ rows: 64, split: 'test', apart: true, guidance: { min: 2, max: 2 } }]);
    expect(await evaluateStudent(still(), teacher, { ...options, steps: [1], guidance: 2 })).toEqual(one);
    const other = await evaluateStudent(still(), teacher, { ...options, steps: [1], guidance: 1 });
    expect(other.students[0]?.energyDistance.value).not.toBe(one.students[0]?.energyDistance.value);
  });

  it('of other sizes than the teacher is refused', async () => {
    await expect(evaluateStudent(still(3), teacher, options)).rejects.toThrow(
      'the teacher gaussian: tensor x0: expected shape [64, 8, 3] for the student, got [64, 8, 2]',
    );
  });
});
