/** Training steps with the teacher online, in a process of their own: `online-step.ts <teacher's folder>`; ms a step. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { meanVelocity, studentConfigOf, studentFromTeacher } from '../src/distillation/student/network.ts';
import { named } from '../src/engine/graph/named.ts';
import { cpuEngine, type NamedTensors, type TensorSpec } from '../src/engine/graph/program.ts';
import { train } from '../src/engine/training/loop.ts';
import { importedTeacher } from '../src/teachers/imported/teacher.ts';
import { samples } from './scale-files.ts';
import { randomFeeds } from './training-step.ts';

tf.enableProdMode();
const STEPS = 3;
const teacher = await importedTeacher(process.argv[2] ?? '');
if (teacher.head === undefined) throw new TypeError('expected a teacher that is a head');
const { head, parameters, token, condition } = teacher;
const specs: Record<string, TensorSpec> = {
  x: { shape: [samples, 1, token] },
  t: { shape: [samples] },
  conditional: { shape: [samples, condition] },
  unconditional: { shape: [samples, condition] },
  w: { shape: [samples] },
};
const contextOf = (batch: NamedTensors) => ({
  conditional: named(batch, 'conditional'),
  unconditional: named(batch, 'unconditional'),
  w: named(batch, 'w'),
});
const folder = await mkdtemp(join(tmpdir(), 'fewstep-online-'));
const times: number[] = [];
try {
  await train(
    {
      parameters: () => studentFromTeacher(parameters, head, 1),
      frozen: parameters,
      batchSpecs: specs,
      batch: () => randomFeeds(specs),
      targets: (_, batch) => ({
        slope: teacher.velocity(batch, contextOf(batch))(named(batch, 'x'), named(batch, 't')),
      }),
      loss: (weights, batch, { slope }) => {
        const [x, t] = [named(batch, 'x'), named(batch, 't')];
        const predicted = meanVelocity(weights, studentConfigOf(head), contextOf(batch))(x, t, t);
        return { loss: tf.mean(tf.squaredDifference(predicted, slope as tf.Tensor)) };
      },
    },
    {
      ...{ learningRate: 1e-4, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, clip: 1, ema: 0.999 },
      ...{ steps: STEPS, warmup: 0, schedule: 'constant', engine: cpuEngine(2), logEvery: 1, checkpointEvery: STEPS },
      checkpoint: join(folder, 'checkpoint.safetensors'),
      onLog: ({ secondsElapsed }) => void times.push(secondsElapsed),
    },
  );
} finally {
  await rm(folder, { recursive: true });
}
console.log(1000 * ((times.at(-1) ?? 0) - (times.at(-2) ?? 0)));
