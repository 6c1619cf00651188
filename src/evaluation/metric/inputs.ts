import type { Blank } from '../../teachers/teacher.ts';
import type { Draws } from '../statistics/draws.ts';
import type { FixedMoments } from '../statistics/moments.ts';
import type { Rows } from '../statistics/rows.ts';
import type { PreparedRows } from './prepared-rows.ts';

/**
 * What metrics may need of a set of samples and of what it is compared with. Where something is absent, the metrics that
 * need it are: a floor has no pairs, teachers of tokens have no features.
 */
export interface MetricInputs {
  /** Draws of tokens [C, m, D]. */
  readonly tokens?: Draws;
  /** The teacher's tokens in the same contexts from other noise, so that a head that shares its noise is not flattered. */
  readonly otherTokens?: Draws;
  /** What the teacher's system samples itself in the same contexts, from other noise. */
  readonly ownTokens?: Draws;
  /** The teacher's tokens from the same noise, draw by draw. */
  readonly pairedTokens?: Draws;
  /** The head's own tokens from the same noise at twice its steps. */
  readonly halvedTokens?: Draws;
  /** The token that the teacher makes where there is nothing. */
  readonly blank?: Blank;
  /** Features of images [N, d]. */
  readonly features?: PreparedRows;
  /** Features of real images. */
  readonly real?: PreparedRows;
  /** Mean and covariance of features of real images, where nothing else is known of them. */
  readonly realMoments?: FixedMoments;
  /** Features of images that the teacher was trained on [N, d]. */
  readonly trained?: Rows;
  /** Features of the teacher's images from the same prompts and other noise. */
  readonly otherFeatures?: PreparedRows;
  /** Features of the teacher's images from the same prompts and noise, row by row. */
  readonly pairedFeatures?: PreparedRows;
  /** The classes that the feature network reads in the images, and those of their prompts. */
  readonly classes?: Int32Array;
  readonly labels?: Int32Array;
}
