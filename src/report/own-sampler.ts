import { energyToOwn } from '../evaluation/metric/energy-to-own.ts';
import { counted } from '../ground/counted.ts';
import { estimateText, valueText } from './number.ts';
import { bestBy, type Entry, entriesOf, entryLabel, type Summary } from './summary.ts';
import { bestTrade } from './trade.ts';

/** The row of the system's own sampler, where it was measured. */
const ownEntry = ({ entries }: Summary): Entry | undefined =>
  entries.find(({ rows }) => rows.some(({ own }) => own === true));

/**
 * What the teacher's flow costs beside the system's own sampler, how far the recommended student is from that, and which
 * student is nearest to it, which need not be near the flow:
 * `The system's own sampler (ddpm, 100 steps) is 0.065 [0.060, 0.071] by energy distance from the guided flow that students
 * learn: what the flow alone costs. trajectory, 2 steps, is 0.067 [0.061, 0.073] from it.
 * Nearest to it, however far from the flow, is energy-own, 1 step: 0.012 [0.008, 0.016], the flow 0.065.` Empty where it was not measured.
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
  const recommended = `${sampler} ${cost} ${entryLabel(chosen)}, is ${estimateText(student, energyToOwn)} from it.`;
  const nearest = bestBy(energyToOwn, entriesOf(summary, 'student'));
  const distance = nearest?.quality.energyToOwn;
  if (nearest === undefined || distance === undefined || distance.value >= student.value) return recommended;
  return `${recommended} Nearest to it, however far from the flow, is ${entryLabel(nearest)}: ${estimateText(distance, energyToOwn)}, the flow ${valueText(flow, energyToOwn)}.`;
}
