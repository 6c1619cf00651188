import { collapseBounds } from '../diagnosis.ts';
import { entriesOf, entryLabel, type Summary } from '../summary.ts';
import { tone } from './palette.ts';
import { type Drawing, namePadding } from './render.ts';
import { seriesOf } from './series.ts';

const WIDTH = 420;
const STEP = 27;

/** The spread of each student against the teacher's, with the zones where diversity is lost and where it collapsed. */
export function dispersionDots(summary: Summary): Drawing | undefined {
  const colours = new Map(seriesOf(summary).map(({ name, colour }) => [name, colour]));
  const dots = entriesOf(summary, 'student').flatMap((entry) => {
    const estimate = entry.quality.dispersion;
    return estimate === undefined ? [] : [{ label: entryLabel(entry), ...estimate, colour: colours.get(entry.name) }];
  });
  if (dots.length === 0) return undefined;
  const least = Math.min(0.6, ...dots.map(({ low }) => low - 0.05));
  const most = Math.max(1.15, ...dots.map(({ high }) => high + 0.05));
  const scale = { domain: [Math.max(0, least), most], nice: false, zero: false };
  const x = {
    type: 'quantitative',
    scale,
    title: 'Dispersion (student ÷ teacher)',
    axis: { grid: true, tickCount: 6, domain: false, ticks: false },
  };
  const y = {
    field: 'label',
    type: 'nominal',
    title: null,
    sort: null,
    axis: { labelColor: tone('ink'), labelFontSize: 12, grid: false, labelPadding: 10 },
  };
  const color = { field: 'colour', type: 'nominal', scale: null };
  const zone = (from: number, to: number, colour: string) => ({
    data: { values: [{ from, to }] },
    mark: { type: 'rect', color: colour, opacity: 0.45 },
    encoding: { x: { ...x, field: 'from' }, x2: { field: 'to' } },
  });
  return {
    width: WIDTH,
    height: { step: STEP },
    padding: namePadding,
    data: { values: dots },
    layer: [
      zone(Math.max(0, least), collapseBounds.collapsed, tone('alarm')),
      zone(collapseBounds.collapsed, collapseBounds.narrow, tone('warning')),
      {
        data: { values: [{ one: 1 }] },
        mark: { type: 'rule', color: tone('ink'), strokeDash: [3, 3] },
        encoding: { x: { ...x, field: 'one' } },
      },
      {
        mark: { type: 'rule', strokeWidth: 2 },
        encoding: { y, x: { ...x, field: 'low' }, x2: { field: 'high' }, color },
      },
      {
        mark: { type: 'point', filled: true, size: 75, opacity: 1 },
        encoding: { y, x: { ...x, field: 'value' }, color },
      },
    ],
  };
}
