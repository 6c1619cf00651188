/** What the precisions of an exported student give and cost, as rows of a table and in words. */
import type { MeasuredPrecisions, MeasuredSampler } from '../evaluation/precision/file.ts';
import type { Estimate } from '../ground/estimate.ts';
import { estimateText, milliseconds, times } from './number.ts';

/** The titles of the table. */
export const precisionTitles = [
  'File',
  'Size',
  'Energy distance to float32',
  'Floor',
  'To the teacher',
  'Batch 1',
  'Batch 256',
] as const;

/** The rows of the table: a sampler in float32, then in each precision. */
export const precisionRows = ({ samplers }: MeasuredPrecisions): string[][] =>
  [...samplers]
    .sort((a, b) => a.of.localeCompare(b.of, 'en', { numeric: true }))
    .map((row) => {
      const { file, bytes, quality } = row;
      const whole = samplers.find((other) => other.of === row.of && other.precision === 'float32');
      return [
        file,
        megabytes(bytes),
        text(quality?.distance),
        text(quality?.floor),
        text(quality?.toTeacher ?? teacherOf(row, samplers)),
        ...[1, 256].map((batch) => speedText(row, whole, batch)),
      ];
    });

/** Of float32, the distance to the teacher that its rounded files carry. */
const teacherOf = ({ of, precision }: MeasuredSampler, samplers: readonly MeasuredSampler[]): Estimate | undefined =>
  precision === 'float32'
    ? samplers.find((other) => other.of === of && other.quality?.toTeacherBefore)?.quality?.toTeacherBefore
    : undefined;

const text = (estimate: Estimate | undefined): string => (estimate === undefined ? '–' : estimateText(estimate));

const megabytes = (bytes: number): string => `${(bytes / 1e6).toPrecision(3)}\u00a0MB`;

/** A median time, and how many times as fast that is as float32. */
function speedText(row: MeasuredSampler, whole: MeasuredSampler | undefined, batch: number): string {
  const at = (sampler: MeasuredSampler | undefined) => sampler?.speed.find((speed) => speed.batch === batch)?.p50;
  const [own, float] = [at(row), at(whole)];
  if (own === undefined) return '–';
  const ratio = row === whole || float === undefined ? '' : ` (${times(float / own)})`;
  return `${milliseconds(own)[0]}${ratio}`;
}

/** One sentence a precision: whether its samples differ from those of float32, by its worst sampler. */
export function precisionSentences({ samplers }: MeasuredPrecisions): string[] {
  const names = [...new Set(samplers.map(({ precision }) => precision))].filter((name) => name !== 'float32');
  return names.map((name) => {
    const own = samplers.flatMap(({ precision, quality, file }) =>
      precision === name && quality ? [{ quality, file }] : [],
    );
    const worst = own.reduce((a, b) => (b.quality.excess.low > a.quality.excess.low ? b : a));
    const { excess } = worst.quality;
    const apart = estimateText(excess);
    return excess.low > 0
      ? `${name}: samples differ from those of float32, most of ${worst.file}: ${apart} beyond the floor.`
      : `${name}: samples not told apart from those of float32; the most, ${worst.file}: ${apart} beyond the floor.`;
  });
}

/** How it was measured. */
export const precisionBasis = ({ contexts, machine }: MeasuredPrecisions): string =>
  `Conditional energy distances over ${contexts.count} ${contexts.kind === 'held-out' ? 'held-out contexts' : 'contexts of random hidden states'}, ` +
  `${contexts.draws} draws each, with 95 % intervals; the floor is that of two sets of float32 samples, of the same noises. ` +
  `Times are medians of a call of all steps when it was exported, on ${machine}, and how many times as fast that is as float32.`;
