import type { NamedMutation } from '../named.ts';

/** Faults of the flow’s formulas and of solvers. */
export const flowFaults: readonly NamedMutation[] = [
  {
    what: 'guidance pushes away from the prompt',
    file: 'src/heads/flow.ts',
    text: 'drift(unconditional, tf.sub(conditional, unconditional), w)',
    replacement: 'drift(conditional, tf.sub(unconditional, conditional), w)',
  },
  {
    what: 'noise is at t = 1',
    file: 'src/heads/flow.ts',
    text: 'drift(noise, tf.sub(data, noise), t)',
    replacement: 'drift(data, tf.sub(noise, data), t)',
  },
  {
    what: 'Euler is told the time it goes to',
    file: 'src/heads/solver/euler.ts',
    text: 'velocity(x, from)',
    replacement: 'velocity(x, to)',
  },
  {
    what: 'Heun takes the second slope where it started',
    file: 'src/heads/solver/heun.ts',
    text: 'velocity(guess, to)',
    replacement: 'velocity(x, to)',
  },
  {
    what: 'a head that is guided inside hears its states exchanged',
    file: 'src/heads/velocity.ts',
    text: 'tf.concat([conditional, unconditional, tf.reshape(w, [-1, 1])], 1)',
    replacement: 'tf.concat([unconditional, conditional, tf.reshape(w, [-1, 1])], 1)',
  },
  {
    what: 'a head that counts its scale from 0 is told ours',
    file: 'src/heads/network/graph-head.ts',
    text: 'unguided === 1 ? heard.w : tf.sub(heard.w, 1)',
    replacement: 'unguided === 1 ? heard.w : tf.sub(heard.w, 0)',
  },
  {
    what: 'the matrix that makes the output is a hidden one of Muon',
    file: 'src/engine/onnx-graph/hidden-weights.ts',
    text: 'behind.has(data) && node.outputs.some((name) => ahead.has(name))',
    replacement: 'behind.has(data) || node.outputs.some((name) => ahead.has(name))',
  },
];
