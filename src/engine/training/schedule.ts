/** How the learning rate falls after warm-up: `constant` not at all, `cosine` to zero at the last step. */
export type Schedule = 'constant' | 'cosine';

/** The course of a learning rate. */
export interface Course {
  /** At its peak. */
  readonly learningRate: number;
  readonly schedule: Schedule;
  /** Steps over which it rises from zero. */
  readonly warmup: number;
  readonly steps: number;
}

const shapes: Readonly<Record<Schedule, (progress: number) => number>> = {
  constant: () => 1,
  cosine: (progress) => 0.5 * (1 + Math.cos(Math.PI * progress)),
};

/** The learning rate at a step (from 0): linear warm-up, then the schedule's shape over the remaining steps. */
export function scheduledRate({ learningRate, schedule, warmup, steps }: Course, step: number): number {
  if (step < warmup) return (learningRate * (step + 1)) / warmup;
  return learningRate * shapes[schedule]((step - warmup) / Math.max(1, steps - warmup));
}
