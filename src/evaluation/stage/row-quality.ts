import type { Blank } from '../../teachers/teacher.ts';
import { accuracy, classesOf } from '../statistics/accuracy.ts';
import { blankContexts, dispersionRatio } from '../statistics/dispersion.ts';
import type { Draws } from '../statistics/draws.ts';
import { endpointError } from '../statistics/endpoint-error.ts';
import { energyDistance } from '../statistics/energy-distance.ts';
import { frechetExpansion } from '../statistics/frechet.ts';
import { estimate } from '../statistics/interval.ts';
import type { ImageReference, Reference } from './reference.ts';
import type { Quality } from './result.ts';
import { compareDistances, compareDraws, compareRows, prepareRows } from './row-comparison.ts';
import type { RowSamples } from './samples.ts';

/**
 * All metrics of one row's samples. Distances to the teacher are to its second set, made from other noise, so that a
 * head that shares the teacher's noise is not flattered; distances on features are to real data. With `other` the
 * samples are that second set, compared with the first: the teacher–teacher floor. Gap and ratio of two distances to
 * real data are paired by prompt and noise.
 */
export function rowQuality(samples: RowSamples, reference: Reference, other: boolean): Quality {
  return {
    ...tokenQuality(samples, reference, other),
    ...(reference.images && imageQuality(samples, reference.images, other)),
  };
}

function tokenQuality({ tokens }: RowSamples, { tokens: teacher, images }: Reference, other: boolean): Quality {
  const independent = other ? teacher.own : teacher.other;
  const dispersion = dispersionRatio(tokens, independent);
  return {
    energyDistance: energyDistance(tokens, independent),
    ...(dispersion && { dispersion: estimate(dispersion) }),
    ...(images && withoutBlank(tokens, independent, images.blank)),
    ...(!other && { endpointError: endpointError(tokens, teacher.own) }),
    ...(images === undefined && { fd: compareDraws(tokens, independent) }),
  };
}

function withoutBlank(tokens: Draws, reference: Draws, blank: Blank): Pick<Quality, 'dispersionWithoutBlank'> {
  const ratio = dispersionRatio(tokens, reference, { leaveOut: blankContexts(reference, blank) });
  return ratio === undefined ? {} : { dispersionWithoutBlank: estimate(ratio) };
}

function imageQuality({ features, logits }: RowSamples, reference: ImageReference, other: boolean): Quality {
  if (features === undefined || logits === undefined) return {};
  const rows = prepareRows(features, reference.prompts);
  const independent = other ? reference.teacher : reference.teacherOther;
  return {
    ...compareRows(rows, reference.real),
    ...(!other && compareDistances(rows, reference.teacher, reference.real)),
    fdToTeacher: estimate(frechetExpansion(rows.moments, independent.moments)),
    accuracy: accuracy(classesOf(logits), reference.labels),
  };
}
