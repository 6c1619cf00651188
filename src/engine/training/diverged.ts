import { DivergedError } from '../../ground/errors.ts';
import { LOOKS, type Verdict } from './watch.ts';

/** What is said of a training that diverges. */
export interface Divergence {
  /** What is trained. */
  readonly name?: string;
  /** What to do. */
  readonly advice?: string;
  readonly checkpoint: string;
  /** The step of that checkpoint; 0 where there is none. */
  readonly saved: number;
}

/** The error of a training that diverged in a step, from 0. */
export function diverged(
  step: number,
  what: string,
  { name, checkpoint, saved, advice = 'lower the learning rate or the clip' }: Divergence,
): DivergedError {
  const kept = saved > 0 ? `the last good checkpoint is ${checkpoint} (step ${saved})` : 'there is no checkpoint yet';
  const training = name === undefined ? 'training' : `training of ${name}`;
  return new DivergedError(`${training} diverged at step ${step + 1}: ${what}; ${kept}; ${advice}`);
}

/** What a raw error that has run away is, now and at its best. */
export const runaway = ({ now, best, limit }: Verdict): string =>
  `raw error ${now.error.toPrecision(3)}, the last of ${LOOKS} looks above ${limit.toPrecision(3)}; at its best, at step ` +
  `${best.step}, it was ${best.error.toPrecision(3)}`;
