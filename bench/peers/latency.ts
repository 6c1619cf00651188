import { dirname, join } from 'node:path';
import { fileAt } from '../../src/distillation/export/precision.ts';
import { exportStudent } from '../../src/distillation/export/students.ts';
import { writeStudent } from '../../src/distillation/student/file.ts';
import { studentShapes } from '../../src/distillation/student/network.ts';
import { samplerProgram } from '../../src/distillation/student/program.ts';
import type { Precision } from '../../src/engine/graph/program.ts';
import * as ort from '../../src/engine/onnx/runtime.ts';
import { comparedHeads, type HeadName, sizes } from './heads.ts';
import { randomInputs, randomWeights, writeInputs } from './inputs.ts';
import type { Workload } from './workload.ts';

/** What is called: tokens a call, steps of a token, and which of the exported files. */
export interface LatencySizes {
  readonly batch: number;
  readonly steps: number;
  readonly precision: Precision;
}

/** One call of a student's exported sampler, all its steps, as a user's program makes it: tensors in, tensors out. */
export function latencyWorkload(name: HeadName, { batch, steps, precision }: LatencySizes): Workload {
  const { label, config } = comparedHeads[name];
  return {
    name: `${label}, batch ${batch}${precision === 'int8' ? ', ours int8' : ''}`,
    ...(precision === 'int8' && { tolerance: 0.1 }),
    request: { workload: 'latency', head: sizes(config), steps },
    open: async (file, engine) => {
      const parameters = randomWeights(studentShapes(config));
      const student = { parameters, config, sampler: 'flow-map', metadata: { method: 'trajectory' } } as const;
      const inputs = randomInputs(samplerProgram(student, steps).specs, batch);
      await writeInputs(file, parameters, inputs);
      const folder = dirname(file);
      await writeStudent(join(folder, 'student.safetensors'), student);
      await exportStudent({ name, path: join(folder, 'student.safetensors'), steps: [steps] }, folder, { precision });
      const session = await ort.InferenceSession.create(join(folder, fileAt('sampler.onnx', precision)), {
        intraOpNumThreads: engine.threads,
      });
      const run = () =>
        session.run(
          Object.fromEntries(
            Object.entries(inputs).map(([key, { shape, data }]) => [key, new ort.Tensor('float32', data, [...shape])]),
          ),
        );
      const { sample } = await run();
      if (!(sample?.data instanceof Float32Array)) throw new TypeError('a sampler without its samples');
      const check = Array.from(sample.data.subarray(0, 8));
      return { check, run, dispose: () => session.release() };
    },
  };
}
