import type { NamedMutation } from '../named.ts';

/** Faults of methods in continuous time: derivatives, tangents, weights. */
export const continuousFaults: readonly NamedMutation[] = [
  {
    what: 'mean flow has the derivative’s sign wrong',
    file: 'src/distillation/method/mean-flow.ts',
    text: 'tf.add(slope, tf.mul(duration, change))',
    replacement: 'tf.sub(slope, tf.mul(duration, change))',
  },
  {
    what: 'mean flow derives against the path',
    file: 'src/distillation/method/tangent.ts',
    text: 'tf.mul(perContext(by), slope)',
    replacement: 'tf.mul(perContext(tf.neg(by)), slope)',
  },
  {
    what: 'the derivative keeps the time',
    file: 'src/distillation/method/tangent.ts',
    text: 'tf.add(s, by)',
    replacement: 's',
  },
  {
    what: 'α-Flow goes ahead without the slope',
    file: 'src/distillation/method/alpha-flow.ts',
    text: 'drift(x, slope, ahead)',
    replacement: 'x',
  },
  {
    what: 'α-Flow’s shares are exchanged',
    file: 'src/distillation/method/alpha-flow.ts',
    text: 'tf.add(tf.mul(alpha, slope), tf.mul(tf.sub(1, alpha), later))',
    replacement: 'tf.add(tf.mul(tf.sub(1, alpha), slope), tf.mul(alpha, later))',
  },
  {
    what: 'α-Flow’s difference is not over α',
    file: 'src/distillation/method/alpha-flow.ts',
    text: "tf.div(tf.sub(u(x, s, t), named(targets, 'mean')), alpha)",
    replacement: "tf.sub(u(x, s, t), named(targets, 'mean'))",
  },
  {
    what: 'α rises',
    file: 'src/distillation/method/alpha-flow.ts',
    text: 'Math.exp(STEEPNESS * place)',
    replacement: 'Math.exp(-STEEPNESS * place)',
  },
  {
    what: 'mean flow is not weighted',
    file: 'src/distillation/method/mean-flow.ts',
    text: 'tf.mean(adaptive(square, power))',
    replacement: 'tf.mean(adaptive(square, 0))',
  },
  {
    what: 'mean flow’s derivative comes in at once',
    file: 'src/distillation/method/mean-flow.ts',
    text: "tf.mul(tf.sub(t, s), named(batch, 'ramp'))",
    replacement: 'tf.sub(t, s)',
  },
  {
    what: 'a normalised tangent is not',
    file: 'src/distillation/method/mean-flow.ts',
    text: 'normalize ? tf.div(tangent, tf.add(norms(tangent), 0.1)) : tangent',
    replacement: 'tangent',
  },
  {
    what: 'FACM’s tangent has the wrong sign',
    file: 'src/distillation/method/facm.ts',
    text: 'tf.sub(value, relaxed)',
    replacement: 'tf.add(value, relaxed)',
  },
  {
    what: 'FACM does not relax its tangent',
    file: 'src/distillation/method/facm.ts',
    text: 'perContext(tf.sub(1, tf.pow(s, power)))',
    replacement: 'perContext(tf.onesLike(s))',
  },
  {
    what: 'FACM has no anchor',
    file: 'src/distillation/method/facm.ts',
    text: 'tf.mul(anchor, meanSquare',
    replacement: 'tf.mul(0, meanSquare',
  },
  {
    what: 'FACM has no weight',
    file: 'src/distillation/method/facm.ts',
    text: 'perContext(tf.cos(tf.mul(s, Math.PI / 2)))',
    replacement: 'perContext(tf.onesLike(s))',
  },
  {
    what: 'sCM’s tangent has the wrong sign',
    file: 'src/distillation/method/scm.ts',
    text: 'tf.sub(value, tf.mul(sum, step))',
    replacement: 'tf.add(value, tf.mul(sum, step))',
  },
  {
    what: 'sCM forgets the bridge',
    file: 'src/distillation/method/scm.ts',
    text: 'tf.div(cosine, tf.square(sum))',
    replacement: 'cosine',
  },
  {
    what: 'sCM’s derivative comes in at once',
    file: 'src/distillation/method/scm.ts',
    text: "tf.mul(named(batch, 'ramp'), tf.sub(whole, first))",
    replacement: 'tf.sub(whole, first)',
  },
  {
    what: 'sCM does not pay for its weight',
    file: 'src/distillation/method/scm.ts',
    text: 'tf.mean(tf.square(off), -1, true)), level)',
    replacement: 'tf.mean(tf.square(off), -1, true)), tf.zerosLike(level))',
  },
  {
    what: 'LMD asks the teacher where the jump starts',
    file: 'src/distillation/method/lagrangian.ts',
    text: "teacher(jumpOf(u)(named(batch, 'x_s'), named(batch, 's'), t), t)",
    replacement: "teacher(named(batch, 'x_s'), t)",
  },
  {
    what: 'the nearest cached time is any',
    file: 'src/distillation/method/times.ts',
    text: 'Math.abs(value - time)',
    replacement: 'Math.abs(value + time)',
  },
  {
    what: 'uniform jumps begin at noise where they should end at data',
    file: 'src/distillation/method/times.ts',
    text: '(side[b] ?? 0) < toData',
    replacement: '(side[b] ?? 0) >= toData',
  },
  {
    what: 'the slope at data is never learnt',
    file: 'src/distillation/method/times.ts',
    text: 'still: { at: at(last + 1), t: grid[at(last + 1)] ?? Number.NaN }',
    replacement: 'still: { at: at(last), t: grid[at(last)] ?? Number.NaN }',
  },
  {
    what: 'a learned weight is free',
    file: 'src/distillation/method/learned-weight.ts',
    text: 'tf.sub(tf.mul(tf.exp(weight), losses), weight)',
    replacement: 'tf.mul(tf.exp(weight), losses)',
  },
];
