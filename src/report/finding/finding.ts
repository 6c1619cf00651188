import type { Summary } from '../summary.ts';
import type { TrainingLog } from '../training-log.ts';

/** What findings are made from. */
export interface Evidence {
  readonly summary: Summary;
  readonly training: readonly TrainingLog[];
}

/** Something that is wrong, or that limits what can be seen: where, by what numbers, and what would change it. */
export interface Found {
  /** Whom it is about: `trajectory, 1 and 2 steps`. */
  readonly where: string;
  /** A sentence with the numbers. */
  readonly evidence: string;
  /** A sentence on what to change. */
  readonly advice: string;
}

/** One kind of finding and how it is looked for. It reports what holds with every seed, nothing where it was not measured. */
export interface Diagnostic<Name extends string = string> {
  readonly name: Name;
  readonly title: string;
  readonly find: (evidence: Evidence) => readonly Found[];
}

/** A diagnostic under its literal name. */
export const defineDiagnostic = <const Name extends string>(diagnostic: Diagnostic<Name>): Diagnostic<Name> =>
  diagnostic;
