import type { NamedMutation } from '../named.ts';

/** Faults of what is learnt from the system's own sampler: whose ends, of which noise, and what they are held to. */
export const ownEndsFaults: readonly NamedMutation[] = [
  {
    what: 'own ends are those of the teacher’s flow',
    file: 'src/distillation/trajectory/cache.ts',
    text: 'of: (b) => rows[b]?.ownEnds ?? new Float32Array()',
    replacement: 'of: (b) => rows[b]?.states.slice(-ownDraws * token) ?? new Float32Array()',
  },
  {
    what: 'own ends come of the noise that the paths start from',
    file: 'src/distillation/trajectory/own-ends.ts',
    text: "stream(...key, 'own ends', 'noise')",
    replacement: "stream(...key, 'paths')",
  },
  {
    what: 'own ends are those of another context',
    file: 'src/distillation/method/own-ends.ts',
    text: 'own.of(b)',
    replacement: 'own.of((b + 1) % contexts)',
  },
  {
    what: 'students of own ends are measured against the flow’s while they train',
    file: 'src/distillation/train/held-out.ts',
    text: 'ownEnds ? ownEndsOf(paths) : ',
    replacement: '',
  },
];
