// A teacher of one's own, distilled, measured and exported in this process: `node own-teacher.mjs [folder]` writes
// student.safetensors, evaluation.json and ONNX files into the folder (own-teacher unless given).
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import {
  cpuEngine,
  distillationTask,
  evaluateStudent,
  exportStudent,
  guide,
  perContext,
  readStudent,
  solveTrajectories,
  stream,
  studentFromScratch,
  train,
  writeStudent,
} from 'fewstep';

const [folder = 'own-teacher'] = process.argv.slice(2);
const engine = cpuEngine();
const [token, condition, std] = [2, 3, 0.5];

// A flow is its slope dx/dt at x [B, K, D] and t [B] under a context: here the exact one of a Gaussian whose mean is a
// wave of the hidden state h [B, H]. A network's weights would be `parameters`, which come back as tensors.
const mixing = stream('mixing').normal(condition * token);
const slope = (mean, x, t) => {
  const [time, middle] = [perContext(t), tf.expandDims(mean, 1)];
  const rest = tf.sub(1, time);
  const variance = tf.add(tf.square(rest), tf.mul(std ** 2, tf.square(time)));
  const gain = tf.div(tf.sub(tf.mul(std ** 2, time), rest), variance);
  return tf.add(middle, tf.mul(gain, tf.sub(x, tf.mul(time, middle))));
};

/** @type {import('fewstep').Teacher} */
const teacher = {
  name: 'wave',
  hash: 'wave-1', // of all that determines its output
  token,
  condition,
  parameters: { mixing: { shape: [condition, token], data: mixing } },
  velocity: ({ mixing }, { conditional, w }) => {
    const mean = tf.sin(tf.matMul(conditional, mixing));
    return (x, t) => guide(slope(mean, x, t), slope(tf.zerosLike(mean), x, t), w);
  },
  // Which hidden states there are: those of your model; here normal ones. The key makes them the same whoever asks.
  contexts: async ({ rows, key, split }) => ({
    conditional: { shape: [rows, condition], data: stream(...key, split).normal(rows * condition) },
    unconditional: { shape: [rows, condition], data: new Float32Array(rows * condition) },
    position: { shape: [rows], data: new Int32Array(rows) },
    provenance: { shape: [rows], data: new Int32Array(rows) },
  }),
  dispose: async () => {},
};

await mkdir(folder, { recursive: true });

// 1. Its paths, kept in memory, under guidance scales from 1 to 2.
const guidance = { min: 1, max: 2 };
const solving = { solver: 'heun', steps: 16, keep: 8, contexts: 1024, draws: 4, guidance };
const cache = await solveTrajectories(teacher, solving, engine);

// 2. A student: its architecture and sizes, a method of the table (or an entry of your own), its training.
const config = { architecture: 'residual', token, condition, width: 64, depth: 2, timeScale: 32 };
const training = { batch: 256, draws: 4, steps: 1000 };
const student = { name: 'wave', method: 'trajectory', options: {}, training };
const task = distillationTask(student, 1, config, studentFromScratch(config, 1), cache);
const { average } = await train(task, {
  steps: training.steps,
  learningRate: 4e-3,
  ema: 0.99,
  checkpoint: join(folder, 'checkpoint.safetensors'), // the same program goes on from it
  engine,
});
const path = join(folder, 'student.safetensors');
await writeStudent(path, { parameters: average, config, sampler: 'flow-map', metadata: { name: 'wave' } });

// 3. How far its ends at 1, 2 and 4 steps are from the teacher's of other noise, with 95 % intervals, the floor that two
//    sets of the teacher's are apart by, and what the teacher's solvers reach at as many steps.
const made = await readStudent(path);
const evaluation = await evaluateStudent(made, teacher, { steps: [1, 2, 4], guidance: 1.5, engine });
await writeFile(join(folder, 'evaluation.json'), `${JSON.stringify(evaluation, null, 2)}\n`);
const line = (name, { energyDistance: { value, low, high } }) =>
  console.log(`${name.padEnd(18)} ${value.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]`);
line('teacher, again', { energyDistance: evaluation.floor });
for (const row of evaluation.students) line(`student, ${row.steps} steps`, row);
for (const row of evaluation.solvers) line(`${row.solver}, ${row.steps} steps`, row);

// 4. ONNX: one jump, and whole samplers of each step count; checked against the eager head.
const { files, difference } = await exportStudent({ name: 'wave', path, steps: [1, 2, 4] }, join(folder, 'export'));
console.log(`${files.join(', ')}: within ${difference.toExponential(1)} of the eager head`);
await teacher.dispose();
