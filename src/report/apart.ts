import type { Estimate } from '../ground/estimate.ts';

/** Whether two intervals have nothing in common; where they meet, the two are not told apart. */
export const apart = (a: Estimate, b: Estimate): boolean => a.high < b.low || b.high < a.low;
