import type { ByGuidance, ScaleDistance } from '../../evaluation/breakdown/breakdown.ts';
import { energyDistance } from '../../evaluation/metric/energy-distance.ts';
import { estimateText, number, percent } from '../number.ts';
import type { Entry } from '../summary.ts';
import { defineDiagnostic } from './finding.ts';
import { studentRows, whereText } from './students.ts';

/** How far samples of each seed follow the guidance scale. */
const followings = ({ rows }: Entry): readonly (ByGuidance | undefined)[] =>
  rows.map(({ breakdown }) => breakdown?.guidance);

/** Below this part of the teacher's response a student does not hear the scale. */
const HEARD = 0.25;

/** A student whose samples hardly change with the guidance scale that it was trained on a range of. */
export const guidanceUnheard = defineDiagnostic({
  name: 'guidance-unheard',
  title: 'Guidance is not heard',
  find: ({ summary }) =>
    studentRows(summary).flatMap(({ name, entries }) => {
      const most = entries.at(-1);
      const responses = most === undefined ? [] : followings(most).map((found) => found?.response);
      if (most === undefined || responses.length === 0) return [];
      if (!responses.every((response) => response !== undefined && response < HEARD)) return [];
      const mean = responses.reduce<number>((sum, response) => sum + (response ?? 0), 0) / responses.length;
      return {
        where: whereText(name, [most]),
        evidence: `Between the ends of the guidance range its samples move ${percent(mean)} as far as the teacher’s.`,
        advice:
          'Train with the range that is sampled, so that the scale is an input that varies; a student of one scale serves that scale alone.',
      };
    }),
});

/** By how much nearer the samples must be to another scale's, and that their intervals must not meet. */
const NEARER = 2.5;

/** A student whose samples are those of another guidance scale than the one that was asked for. */
export const wrongGuidance = defineDiagnostic({
  name: 'wrong-guidance',
  title: 'Wrong guidance scale',
  find: ({ summary }) =>
    studentRows(summary).flatMap(({ name, entries }) => {
      const wrong = entries.flatMap((entry) => {
        const others = followings(entry).map((found) => nearestOther(found, entry.guidance));
        const [first] = others;
        return first !== undefined && others.every((other) => other !== undefined) ? [{ entry, ...first }] : [];
      });
      const last = wrong.at(-1);
      if (last === undefined) return [];
      return {
        where: whereText(
          name,
          wrong.map(({ entry }) => entry),
        ),
        evidence: `Asked for a scale of ${number(last.entry.guidance)}, its samples are the teacher’s at ${number(last.other.guidance)}: energy distance ${estimateText(last.other.energyDistance, energyDistance)} to those, ${estimateText(last.asked.energyDistance, energyDistance)} to those of the scale asked for.`,
        advice:
          'Check which convention the scale follows (w, or 1 + w) and that training, export and sampling give it the same number; where the head has no scale as an input, distil at the scale that is used.',
      };
    }),
});

function nearestOther(
  found: ByGuidance | undefined,
  own: number,
): { readonly asked: ScaleDistance; readonly other: ScaleDistance } | undefined {
  const asked = found?.nearest.find(({ guidance }) => guidance === own);
  const [other] = (found?.nearest ?? []).toSorted((a, b) => a.energyDistance.value - b.energyDistance.value);
  if (asked === undefined || other === undefined || other.guidance === own) return undefined;
  const isNearer =
    other.energyDistance.high < asked.energyDistance.low &&
    NEARER * Math.max(0, other.energyDistance.value) < asked.energyDistance.value;
  return isNearer ? { asked, other } : undefined;
}
