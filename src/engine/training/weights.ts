/** The weights of a training as programs read them: as they are (`parameter/…`), and their moving average (`average/…`). */
import type { TensorSpec } from '../graph/program.ts';
import { type Layout, views } from './arena.ts';
import type { TrainingState } from './optimizer.ts';
import { prefixed } from './prefix.ts';

/** Whether the average is read, too. */
interface Read {
  readonly averaged?: true;
}

/** Their names and shapes. */
export function weightSpecs({ averaged }: Read, { slots }: Layout): Readonly<Record<string, TensorSpec>> {
  const specs = Object.fromEntries(slots.map(({ name, shape }) => [name, { shape }]));
  return { ...prefixed('parameter', specs), ...(averaged && prefixed('average', specs)) };
}

/** They themselves, in place. */
export const weightFeeds = ({ averaged }: Read, layout: Layout, state: TrainingState) => ({
  ...prefixed('parameter', views(layout, state.parameters)),
  ...(averaged && prefixed('average', views(layout, state.average))),
});
