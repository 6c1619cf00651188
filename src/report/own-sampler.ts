import { energyToOwn } from '../evaluation/metric/energy-to-own.ts';
import { counted } from '../ground/counted.ts';
import { estimateText } from './number.ts';
import { type Entry, entryLabel, type Summary } from './summary.ts';
import { bestTrade } from './trade.ts';

/** The row of the system's own sampler, where it was measured. */
const ownEntry = ({ entries }: Summary): Entry | undefined =>
  entries.find(({ rows }) => rows.some(({ own }) => own === true));

/**
 * What the teacher's flow costs beside the system's own sampler, and how far the recommended student is from that:
 * `The system's own sampler (ddpm, 100 steps) is 0.065 [0.060, 0.071] by energy distance from the guided flow that students
 * learn: what the flow alone costs. trajectory, 2 steps, is 0.067 [0.061, 0.073] from it.` Empty where it was not measured.
 */
export function ownSamplerSentence(summary: Summary): string {
  const [own, flow] = [ownEntry(summary), summary.teacher.quality.energyToOwn];
  if (own === undefined || flow === undefined) return '';
  const sampler = `The system’s own sampler (${own.method}, ${counted(own.steps, 'steps')})`;
  const cost =
    flow.low > 0
      ? `is ${estimateText(flow, energyToOwn)} by energy distance from the guided flow that students learn: what the flow alone costs.`
      : `is not told apart from the guided flow that students learn: energy distance ${estimateText(flow, energyToOwn)}.`;
  const chosen = bestTrade(summary)?.chosen;
  const student = chosen?.quality.energyToOwn;
  if (chosen === undefined || student === undefined) return `${sampler} ${cost}`;
  return `${sampler} ${cost} ${entryLabel(chosen)}, is ${estimateText(student, energyToOwn)} from it.`;
}
