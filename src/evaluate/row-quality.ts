import type { Blank } from '../teacher/teacher.ts';
import { accuracy, classesOf } from './accuracy.ts';
import { blankContexts, dispersionRatio } from './dispersion.ts';
import type { Draws } from './draws.ts';
import { endpointError } from './endpoint-error.ts';
import { energyDistance } from './energy-distance.ts';
import { frechetReplicates, pairedFrechetReplicates } from './frechet.ts';
import { estimate } from './interval.ts';
import type { ImageReference, Reference } from './reference.ts';
import type { Quality } from './result.ts';
import { compareDistances, compareDraws, compareRows, prepareRows } from './row-comparison.ts';
import type { RowSamples } from './samples.ts';

const SEED = 1;

/**
 * All metrics of one row's samples. Distances on features (on tokens where there are no images) are to real data (to
 * the teacher's other noise); the paired ones are to the teacher from the same prompts and noise. With `other` the
 * samples are the teacher's second set itself, whose comparison with the first is the teacher–teacher floor.
 */
export function rowQuality(samples: RowSamples, reference: Reference, other: boolean): Quality {
  return {
    ...tokenQuality(samples, reference, other),
    ...(reference.images && imageQuality(samples, reference.images, other)),
  };
}

function tokenQuality({ tokens }: RowSamples, { tokens: teacher, images }: Reference, other: boolean): Quality {
  const independent = other ? teacher.own : teacher.other;
  const dispersion = dispersionRatio(tokens, independent, { seed: SEED });
  return {
    energyDistance: energyDistance(tokens, independent, SEED),
    ...(dispersion && { dispersion: estimate(dispersion) }),
    ...(images && withoutBlank(tokens, independent, images.blank)),
    ...(!other && { endpointError: endpointError(tokens, teacher.own, SEED) }),
    ...(images === undefined && { fd: compareDraws(tokens, independent) }),
  };
}

function withoutBlank(tokens: Draws, reference: Draws, blank: Blank): Pick<Quality, 'dispersionWithoutBlank'> {
  const ratio = dispersionRatio(tokens, reference, { seed: SEED, leaveOut: blankContexts(reference, blank) });
  return ratio === undefined ? {} : { dispersionWithoutBlank: estimate(ratio) };
}

function imageQuality({ features, logits }: RowSamples, reference: ImageReference, other: boolean): Quality {
  if (features === undefined || logits === undefined) return {};
  const rows = prepareRows(features, reference.prompts);
  const toTeacher = other
    ? frechetReplicates(rows.moments, reference.teacher.moments)
    : pairedFrechetReplicates(rows.moments, reference.teacher.moments);
  return {
    ...compareRows(rows, reference.real),
    ...(!other && compareDistances(rows, reference.teacher, reference.real)),
    fdToTeacher: estimate(toTeacher),
    accuracy: accuracy(classesOf(logits), reference.labels),
  };
}
