import { dispersion } from '../../evaluation/metric/dispersion.ts';
import { collapseBounds } from '../diagnosis.ts';
import { estimateText } from '../number.ts';
import { defineDiagnostic } from './finding.ts';
import { studentRows, whereText } from './students.ts';

/** Draws of one context are too much alike. */
export const underDispersion = defineDiagnostic({
  name: 'under-dispersion',
  title: 'Under-dispersion',
  find: ({ summary }) =>
    studentRows(summary).flatMap(({ name, entries }) => {
      const narrow = entries.filter(({ quality }) => isNarrow(quality.dispersion));
      const [least] = narrow.toSorted((a, b) => spreadOf(a) - spreadOf(b));
      if (least?.quality.dispersion === undefined) return [];
      return {
        where: whereText(name, narrow),
        evidence: `Draws of one context spread ${estimateText(least.quality.dispersion, dispersion)} as wide as the teacher’s (at least ${collapseBounds.narrow} is right).`,
        advice:
          'Finish it with energy or drifting, which see the spread of a context’s draws; regression averages what it cannot tell apart.',
      };
    }),
});

const isNarrow = (estimate?: { readonly value: number; readonly high: number }): boolean =>
  estimate !== undefined && estimate.value < collapseBounds.narrow && estimate.high < 1;

const spreadOf = ({ quality }: { readonly quality: { readonly dispersion?: { readonly value: number } } }): number =>
  quality.dispersion?.value ?? Number.POSITIVE_INFINITY;
