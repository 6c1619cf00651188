import { type Progress, untold } from '../ground/progress.ts';

/** Progress on the terminal; `close` gives the terminal back, also in the middle of a stage. */
export interface ProgressDisplay extends Progress {
  close(): void;
}

/** Shows nothing. */
export const silentProgress: ProgressDisplay = {
  ...untold,
  close() {},
};

/** Width that the names of stages are set in. */
export const nameWidth = 14;

/** Seconds on a clock that never goes back. */
export const seconds = (): number => performance.now() / 1000;
