import type { NamedMutation } from '../named.ts';

/** Faults in which jumps of a path are drawn. */
export const jumpFaults: readonly NamedMutation[] = [
  {
    what: 'steps of samplers come as rarely as other jumps should',
    file: 'src/distillation/method/pair.ts',
    text: '(kind[b] ?? 1) < even',
    replacement: '(kind[b] ?? 1) >= even',
  },
  {
    what: 'a step of a sampler begins where it ends',
    file: 'src/distillation/method/pair.ts',
    text: 'Math.round((step * last) / steps)',
    replacement: 'Math.round(((step + 1) * last) / steps) - 1',
  },
];
