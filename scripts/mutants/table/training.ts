import type { NamedMutation } from '../named.ts';

/** Faults of methods, of what students are trained on, and of how they learn. */
export const trainingFaults: readonly NamedMutation[] = [
  {
    what: 'reflow pairs noise with the data of another context',
    file: 'src/distillation/method/rectified-flow.ts',
    text: 'cached.state(b, grid.length - 1)',
    replacement: 'cached.state((b + 1) % contexts, grid.length - 1)',
  },
  {
    what: 'reflow pairs noise with the data of another draw',
    file: 'src/distillation/method/rectified-flow.ts',
    text: 'pair.data.data.set(cached.state(b, grid.length - 1), b * draws * token);',
    replacement:
      'const d = cached.state(b, grid.length - 1); pair.data.data.set(d.subarray(token), b * draws * token); pair.data.data.set(d.subarray(0, token), (b * draws + draws - 1) * token);',
  },
  {
    what: 'a pair’s later state is of another context',
    file: 'src/distillation/method/pair.ts',
    text: 'cached.state(b, to)',
    replacement: 'cached.state((b + 1) % contexts, to)',
  },
  {
    what: 'the velocity sampler is told t for s',
    file: 'src/distillation/student/sampler/velocity.ts',
    text: 'drift(x, u(x, s, s), tf.sub(t, s))',
    replacement: 'drift(x, u(x, t, t), tf.sub(t, s))',
  },
  {
    what: 'trajectory regression has no weight',
    file: 'src/distillation/method/trajectory.ts',
    text: 'landingScale(s, t)',
    replacement: 'landingScale(s, t).mul(0).add(1)',
  },
  {
    what: 'trajectory regression has the inverse weight',
    file: 'src/distillation/method/distance.ts',
    text: 'tf.rsqrt(tf.sub(t, s))',
    replacement: 'tf.sqrt(tf.sub(t, s))',
  },
  {
    what: 'training costs no backward',
    file: 'src/distillation/method/trajectory.ts',
    text: 'forwards: { student: 3 },',
    replacement: 'forwards: { student: 1 },',
  },
  {
    what: 'training costs a step only, not its batch',
    file: 'src/distillation/train/student-job.ts',
    text: 'training.steps * training.batch;',
    replacement: 'training.steps;',
  },
  {
    what: 'the average of the weights is not warmed up',
    file: 'src/engine/training/optimizer.ts',
    text: 'Math.min(ema, (1 + step) / (10 + step))',
    replacement: 'ema',
  },
  {
    what: 'Adam’s first moment is not corrected',
    file: 'src/engine/training/optimizer.ts',
    text: 'learningRate / (1 - beta1 ** (step + 1))',
    replacement: 'learningRate',
  },
  {
    what: 'Adam’s second moment is not corrected',
    file: 'src/engine/training/optimizer.ts',
    text: '1 / (1 - beta2 ** (step + 1))',
    replacement: '1',
  },
  {
    what: 'warm-up starts at zero',
    file: 'src/engine/training/schedule.ts',
    text: '(rate * (step + 1)) / warmup',
    replacement: '(rate * step) / warmup',
  },
  {
    what: 'gradients flow through the targets',
    file: 'src/engine/training/loop.ts',
    text: 'objective.loss({ ...parameters, ...weights }, batch, targets)',
    replacement: 'objective.loss(weights, batch, objective.targets?.(weights, batch) ?? {})',
  },
  {
    what: 'every step of training has the same random numbers',
    file: 'src/distillation/train/distil-student.ts',
    text: "stream('batch', student.name, seed, step)",
    replacement: "stream('batch', student.name, seed)",
  },
  {
    what: 'every epoch has the same order',
    file: 'src/ground/random/epochs.ts',
    text: 'stream(...key, epoch)',
    replacement: 'stream(...key)',
  },
  {
    what: 're-noising repeats the first noise',
    file: 'src/distillation/student/sampler/sample.ts',
    text: 'added[i - 1] ?? noise',
    replacement: 'noise',
  },
  {
    what: 'a good checkpoint is overwritten while the raw error is suspect',
    file: 'src/engine/training/loop.ts',
    text: ' || verdict?.suspect)) continue;',
    replacement: ')) continue;',
  },
  {
    what: 'a resumed training forgets its raw errors',
    file: 'src/engine/training/logged-training.ts',
    text: 'rawError === undefined ? [] :',
    replacement: 'rawError !== -1 ? [] :',
  },
  {
    what: 'one bad look stops a training',
    file: 'src/engine/training/watch.ts',
    text: 'last.length === LOOKS && last.every(',
    replacement: 'last.some(',
  },
  {
    what: 'raw errors are judged by the best of them alone',
    file: 'src/engine/training/watch.ts',
    text: 'FACTOR * Math.max(scale, best.error)',
    replacement: 'FACTOR * best.error',
  },
  {
    what: 'the start is looked at after the checkpoint is there',
    file: 'src/engine/training/loop.ts',
    text: 'await watch.look(0);',
    replacement: '',
  },
  {
    what: 'the raw error is of the cached path of another context',
    file: 'src/distillation/train/probe.ts',
    text: 'end.data.set(cached.state(b, cached.grid.length - 1)',
    replacement: 'end.data.set(cached.state(0, cached.grid.length - 1)',
  },
  {
    what: 'looks at the raw error are free',
    file: 'src/distillation/train/student-job.ts',
    text: 'forwards.student + forwards.teacher + forwards.probes',
    replacement: 'forwards.student + forwards.teacher',
  },
];
