import type { diagnostics } from '../../src/report/finding/table.ts';
import { driftingCapture } from './drifting-capture.ts';

type Name = (typeof diagnostics)[number]['name'];

/** A run with a planted fault, or without any. */
export interface Case {
  /** Its recipe in `recipes/`. */
  readonly recipe: string;
  /** What must be found; other findings may be consequences. */
  readonly planted: readonly Name[];
  /** Overrides under which students are trained, where they are evaluated under others. */
  readonly trained?: readonly string[];
  /** Makes what it trains on and what it is evaluated on, by the command and in a folder; gives the overrides. */
  readonly make?: typeof driftingCapture;
}

export const cases: readonly Case[] = [
  { recipe: 'healthy-mixture', planted: [] },
  { recipe: 'healthy-gaussian', planted: [] },
  { recipe: 'under-dispersion', planted: ['under-dispersion'] },
  { recipe: 'blurred-field', planted: ['blurred-field'] },
  { recipe: 'too-few-training-steps', planted: ['too-few-training-steps'] },
  { recipe: 'overfit-to-cache', planted: ['overfit-to-cache'] },
  { recipe: 'hidden-divergence', planted: ['hidden-divergence'] },
  {
    recipe: 'one-scale',
    planted: ['wrong-guidance', 'guidance-unheard', 'mode-dropping'],
    trained: ['guidance.min=4', 'evaluation.guidance=4'],
  },
  { recipe: 'floor-limited', planted: ['floor-limited'] },
  { recipe: 'teacher-limited', planted: ['teacher-limited'] },
  { recipe: 'error-along-sequence', planted: ['error-grows-with-position'], make: driftingCapture },
];
