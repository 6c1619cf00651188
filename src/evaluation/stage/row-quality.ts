import { DataError } from '../../ground/errors.ts';
import type { MetricInputs } from '../metric/inputs.ts';
import { measured } from '../metric/metric.ts';
import { prepareRows } from '../metric/prepared-rows.ts';
import { metrics, type Quality } from '../metric/table.ts';
import { classesOf } from '../statistics/accuracy.ts';
import type { ImageReference, Reference } from './reference.ts';
import type { RowSamples } from './samples.ts';

/** What metrics see of a row's samples, and of what they are compared with. */
type ComparedSamples = Pick<RowSamples, 'tokens' | 'images' | 'features' | 'logits'> & {
  /** The same head's tokens at twice the steps. */
  readonly halvedTokens?: RowSamples['tokens'];
};
type ComparedReference = Pick<Reference, 'tokens' | 'images' | 'ownSampler'>;

/**
 * All metrics of one row's samples. Distances to the teacher are to its second set, made from other noise, so that a
 * head that shares the teacher's noise is not flattered; distances on features are to real data. With `other` the
 * samples are that second set, compared with the first: the teacher–teacher floor, which has no pairs. Those of the
 * system's `own` sampler have none either: it is from noise of its own. Throws DataError
 * where images come without features.
 */
export const rowQuality = (
  samples: ComparedSamples,
  reference: ComparedReference,
  other: boolean,
  own = false,
): Quality => measured(inputsOf(samples, reference, other, own), metrics);

function inputsOf(
  samples: ComparedSamples,
  { tokens: teacher, images, ownSampler }: ComparedReference,
  other: boolean,
  own: boolean,
): MetricInputs {
  return {
    tokens: samples.tokens,
    ...(samples.halvedTokens && { halvedTokens: samples.halvedTokens }),
    otherTokens: other ? teacher.own : teacher.other,
    ...(!other && !own && { pairedTokens: teacher.own }),
    ...(!other && !own && ownSampler && { ownTokens: ownSampler }),
    ...(images && imageInputs(samples, images, other)),
  };
}

function imageInputs({ features, logits }: ComparedSamples, reference: ImageReference, other: boolean): MetricInputs {
  if (features === undefined) throw new DataError('samples of images: expected their features, got none');
  return {
    blank: reference.blank,
    features: prepareRows(features, reference.prompts),
    ...(reference.real && { real: reference.real }),
    ...(reference.moments && { realMoments: reference.moments }),
    ...(reference.trained && { trained: reference.trained }),
    otherFeatures: other ? reference.teacher : reference.teacherOther,
    ...(!other && { pairedFeatures: reference.teacher }),
    ...(logits && { classes: classesOf(logits) }),
    labels: reference.labels,
  };
}
