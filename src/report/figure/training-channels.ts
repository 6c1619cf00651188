import type { ValueAxis } from './value-axis.ts';

/** The x channel of what training logged: the step, field `step`. */
export const stepChannel = {
  field: 'step',
  type: 'quantitative',
  title: 'Training step',
  scale: { nice: false },
  axis: { tickCount: 4, format: ',d' },
};

/** The y channel of what it logged. */
export const loggedChannel = (field: string, title: string, axis: ValueAxis) => ({
  field,
  type: 'quantitative',
  title,
  scale: { type: axis.type, domain: axis.domain, nice: false },
  axis: { format: '~g', ...(axis.ticks && { values: axis.ticks }) },
});
