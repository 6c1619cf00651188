/** How the learning rate falls after warm-up: `constant` not at all, `cosine` to zero at the last step. */
export type Schedule = 'constant' | 'cosine';

const shapes: Readonly<Record<Schedule, (progress: number) => number>> = {
  constant: () => 1,
  cosine: (progress) => 0.5 * (1 + Math.cos(Math.PI * progress)),
};

/** The learning rate at a step (from 0): linear warm-up, then the schedule's shape over the remaining steps. */
export function scheduledRate(rate: number, schedule: Schedule, step: number, warmup: number, steps: number): number {
  if (step < warmup) return (rate * (step + 1)) / warmup;
  return rate * shapes[schedule]((step - warmup) / Math.max(1, steps - warmup));
}
