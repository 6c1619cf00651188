import type { WorstContext } from '../../evaluation/breakdown/breakdown.ts';
import { number } from '../number.ts';
import { entryLabel, type Summary } from '../summary.ts';
import { bestTrade } from '../trade.ts';
import { tone } from './palette.ts';
import type { Drawing } from './render.ts';
import { seriesOf } from './series.ts';

const SIZE = 200;

/** The contexts where the recommended student is furthest from the teacher, some draws of both. */
export function worstContexts(summary: Summary): Drawing | undefined {
  const chosen = bestTrade(summary)?.chosen;
  const contexts = chosen?.rows[0]?.breakdown?.contexts;
  if (chosen === undefined || contexts === undefined) return undefined;
  const colour = seriesOf(summary).find(({ name }) => name === chosen.name)?.colour ?? tone('series-1');
  const whose = { domain: ['teacher', entryLabel(chosen)], range: [tone('baseline'), colour] };
  const titleOf = ({ context }: WorstContext): string =>
    `Context ${context + 1}, token ${(contexts.position[context] ?? 0) + 1}: ${number(contexts.energyDistance[context] ?? 0)}`;
  const panel = (worst: WorstContext) => ({
    width: SIZE,
    height: SIZE,
    title: { text: titleOf(worst), fontSize: 11, fontWeight: 600, color: tone('ink'), anchor: 'start' },
    data: {
      values: [
        ...worst.teacher.map(([x, y]) => ({ x, y, whose: 'teacher' })),
        ...worst.samples.map(([x, y]) => ({ x, y, whose: entryLabel(chosen) })),
      ],
    },
    mark: { type: 'point', filled: true, size: 22, opacity: 0.7 },
    encoding: {
      x: { field: 'x', type: 'quantitative', title: null, axis: { tickCount: 4 } },
      y: { field: 'y', type: 'quantitative', title: null, axis: { tickCount: 4 } },
      color: { field: 'whose', type: 'nominal', title: null, scale: whose, legend: { orient: 'top', offset: 6 } },
    },
  });
  return { hconcat: contexts.worst.map(panel), spacing: 24 };
}
