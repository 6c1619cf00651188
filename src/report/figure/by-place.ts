import type { Breakdown } from '../../evaluation/breakdown/breakdown.ts';
import { counted } from '../../ground/counted.ts';
import { type Entry, entriesOf, type Summary } from '../summary.ts';
import { tone } from './palette.ts';
import { type Drawing, labelPadding } from './render.ts';
import { seriesChannels, seriesOf } from './series.ts';

const WIDTH = 700;
const HEIGHT = 230;

/** Lines, not dots, in legends. */
const lines = { symbolType: 'stroke', symbolStrokeWidth: 2, symbolSize: 300 };

/** The fewest and the most steps of each student: the two ends of what steps change. */
function endsOf(summary: Summary): readonly Entry[] {
  const entries = entriesOf(summary, 'student').filter(({ rows }) => rows[0]?.breakdown?.tokens !== undefined);
  return [...new Set(entries.map(({ name }) => name))].flatMap((name) => {
    const own = entries.filter((entry) => entry.name === name).sort((a, b) => a.steps - b.steps);
    return [...new Set([own[0], own.at(-1)])].filter((entry) => entry !== undefined);
  });
}

const distances = ({ tokens }: Breakdown): readonly number[] => tokens?.energyDistance ?? [];

const meanOver = (lists: readonly (readonly number[])[], place: number): number =>
  lists.reduce((sum, list) => sum + (list[place] ?? 0), 0) / lists.length;

/** The distance to the teacher's of tokens that a student draws after its own, place by place, beside the floor. */
export function distanceByPlace(summary: Summary): Drawing | undefined {
  const floor = summary.evaluation.floors.breakdown;
  const entries = endsOf(summary);
  if (entries.length === 0 || floor?.tokens === undefined) return undefined;
  const values = entries.flatMap((entry) => {
    const lists = entry.rows.flatMap(({ breakdown }) => (breakdown ? [distances(breakdown)] : []));
    return distances(floor).map((_, place) => ({
      name: entry.name,
      steps: counted(entry.steps, 'steps'),
      place: place + 1,
      value: meanOver(lists, place),
    }));
  });
  const names = new Set(entries.map(({ name }) => name));
  const series = seriesOf(summary).filter(({ name }) => names.has(name));
  const { color } = seriesChannels(series, WIDTH);
  const x = { field: 'place', type: 'quantitative', title: 'Token of the image', scale: { nice: false } };
  const y = { field: 'value', type: 'quantitative', title: 'Energy distance to the teacher', axis: { tickCount: 6 } };
  const steps = [...new Set(values.map((value) => value.steps))];
  return {
    width: WIDTH,
    height: HEIGHT,
    padding: labelPadding,
    layer: [
      {
        data: { values: distances(floor).map((value, place) => ({ place: place + 1, value })) },
        mark: { type: 'line', color: tone('muted'), strokeDash: [2, 2] },
        encoding: { x, y },
      },
      {
        data: { values },
        mark: { type: 'line', strokeWidth: 1.6 },
        encoding: {
          ...{ x, y },
          color: { ...color, legend: { ...color.legend, ...lines } },
          strokeDash: {
            field: 'steps',
            type: 'nominal',
            title: null,
            legend: { ...lines, symbolStrokeColor: tone('ink') },
            scale: {
              domain: steps,
              range: steps.map(
                (_, index) =>
                  [
                    [1, 0],
                    [5, 3],
                    [2, 2],
                    [8, 3, 2, 3],
                  ][index % 4],
              ),
            },
          },
        },
      },
    ],
  };
}
