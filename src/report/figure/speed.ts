import { number, times } from '../number.ts';
import { entryLabel, type Summary } from '../summary.ts';
import { tone } from './palette.ts';
import { type Drawing, namePadding } from './render.ts';
import { seriesOf, teacherSeries } from './series.ts';

const WIDTH = 420;
const BAR = 21;

/** Images a second of the teacher and the students, with how many times faster than the teacher. */
export function speedBars(summary: Summary): Drawing | undefined {
  const colours = new Map([teacherSeries(summary), ...seriesOf(summary)].map(({ name, colour }) => [name, colour]));
  const bars = summary.entries.flatMap((entry) => {
    const speed = entry.speed?.imagesPerSecond;
    if (speed === undefined || entry.kind === 'solver') return [];
    const factor = entry.speedup === undefined || entry.kind === 'teacher' ? '' : ` (${times(entry.speedup)})`;
    return [
      {
        label: entryLabel(entry),
        speed,
        colour: colours.get(entry.name) ?? tone('ink'),
        text: `${number(speed)}${factor}`,
      },
    ];
  });
  if (bars.length === 0) return undefined;
  const y = {
    field: 'label',
    type: 'nominal',
    title: null,
    sort: null,
    axis: { labelColor: tone('ink'), labelFontSize: 12, grid: false, labelPadding: 10 },
  };
  const x = {
    field: 'speed',
    type: 'quantitative',
    title: 'Images per second',
    axis: { grid: true, tickCount: 5, format: '~s', domain: false, ticks: false },
  };
  return {
    width: WIDTH,
    height: { step: BAR + 6 },
    padding: namePadding,
    data: { values: bars },
    layer: [
      {
        mark: { type: 'bar', height: BAR, cornerRadiusEnd: 2 },
        encoding: { x, y, color: { field: 'colour', scale: null } },
      },
      {
        mark: { type: 'text', align: 'left', baseline: 'middle', dx: 6, fontSize: 12, color: tone('ink') },
        encoding: { x, y, text: { field: 'text' } },
      },
    ],
  };
}
