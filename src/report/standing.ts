/** How a row stands to its teacher, in the one set of words that page, card and verdict use. */

/** How bad it is. */
export type Severity = 'good' | 'fair' | 'poor';

/** A row's place between its teacher and a failure. */
export interface Standing {
  /** What a table or a chip says. */
  readonly word: string;
  /** The same inside a sentence. */
  readonly phrase: string;
  readonly severity: Severity;
}

const withinFloor: Standing = {
  word: 'within the floor',
  phrase: 'within the teacher–teacher floor',
  severity: 'good',
};

const close: Standing = { word: 'close', phrase: 'close to the teacher', severity: 'good' };
const healthy: Standing = { word: 'healthy', phrase: 'healthy by what was measured', severity: 'good' };
const unknown: Standing = { word: 'not measured', phrase: '', severity: 'fair' };
const watch: Standing = { word: 'watch', phrase: 'some way from the teacher', severity: 'fair' };
const poor: Standing = { word: 'poor', phrase: 'far from the teacher', severity: 'poor' };

/** What was found of a row: the worst of its spread, accuracy and distance, and how near the distance is. */
export interface Evidence {
  /** Undefined where nothing was measured. */
  readonly worst: Severity | undefined;
  /** Undefined where no distance to the teacher was measured. */
  readonly distance: 'within' | 'outside' | undefined;
}

/**
 * The standing of a row. It is within the floor only where nothing else is amiss: a row that has collapsed is poor,
 * whatever its distance.
 */
export function standingOf({ worst, distance }: Evidence): Standing {
  if (worst === undefined) return unknown;
  if (worst === 'poor') return poor;
  if (worst === 'fair') return watch;
  if (distance === undefined) return healthy;
  return distance === 'within' ? withinFloor : close;
}
