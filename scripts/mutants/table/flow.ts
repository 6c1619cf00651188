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
];
