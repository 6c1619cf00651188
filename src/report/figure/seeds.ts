import { counted } from '../../ground/counted.ts';
import { entriesOf, type Summary } from '../summary.ts';
import { tone } from './palette.ts';
import type { Drawing } from './render.ts';
import { seriesChannels, seriesOf } from './series.ts';
import { valueAxis } from './value-axis.ts';

const WIDTH = 620;
const HEIGHT = 220;

/** One dot a seed for each student and step count: whether the difference between methods is more than luck. */
export function seedDots(summary: Summary): Drawing | undefined {
  const { ranking } = summary;
  const students = entriesOf(summary, 'student').filter(({ rows }) => rows.length > 1);
  const measured = students.flatMap(({ rows }) => rows.flatMap(({ quality }) => quality[ranking.name] ?? []));
  if (measured.length === 0) return undefined;
  const axis = valueAxis(measured, ranking.log === true);
  const dots = students.flatMap(({ name, steps, rows }) =>
    rows.flatMap(({ quality }) => {
      const estimate = quality[ranking.name];
      return estimate === undefined
        ? []
        : [{ name, steps: counted(steps, 'steps'), value: axis.clamp(estimate.value) }];
    }),
  );
  const names = new Set(dots.map(({ name }) => name));
  const { color, shape } = seriesChannels(
    seriesOf(summary).filter(({ name }) => names.has(name)),
    WIDTH,
  );
  const x = {
    field: 'steps',
    type: 'nominal',
    sort: null,
    title: null,
    scale: { paddingInner: 0.3 },
    axis: { labelAngle: 0, labelFontSize: 12, labelColor: tone('ink') },
  };
  const xOffset = { field: 'name', type: 'nominal', scale: { domain: [...names], paddingOuter: 0.5 } };
  const y = {
    field: 'value',
    type: 'quantitative',
    title: ranking.label,
    scale: { type: axis.type, domain: axis.domain, nice: false },
    axis: { format: '~g', ...(axis.ticks && { values: axis.ticks }) },
  };
  return {
    width: WIDTH,
    height: HEIGHT,
    data: { values: dots },
    layer: [
      { mark: { type: 'point', filled: true, size: 70, opacity: 0.75 }, encoding: { x, xOffset, y, color, shape } },
      {
        mark: { type: 'tick', thickness: 1.5, width: 26 },
        encoding: { x, xOffset, y: { ...y, aggregate: 'mean' }, color },
      },
    ],
  };
}
