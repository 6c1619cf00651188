import { blurred } from './blurred.ts';
import { growingWithPosition } from './by-place.ts';
import type { Evidence, Found } from './finding.ts';
import { guidanceUnheard, wrongGuidance } from './guidance.ts';
import { floorLimited, teacherLimited } from './limits.ts';
import { modeDropping } from './mode-dropping.ts';
import { hiddenDivergence, overfitted, undertrained } from './training.ts';
import { underDispersion } from './under-dispersion.ts';

/** All that is looked for, in the order in which it is told. */
export const diagnostics = [
  hiddenDivergence,
  overfitted,
  undertrained,
  wrongGuidance,
  guidanceUnheard,
  blurred,
  modeDropping,
  underDispersion,
  growingWithPosition,
  teacherLimited,
  floorLimited,
] as const;

/** A finding under its diagnostic. */
export interface NamedFinding extends Found {
  readonly name: (typeof diagnostics)[number]['name'];
  readonly title: string;
}

/** Everything that is found of a run. */
export const findings = (evidence: Evidence): readonly NamedFinding[] =>
  diagnostics.flatMap(({ name, title, find }) => find(evidence).map((found) => ({ name, title, ...found })));
