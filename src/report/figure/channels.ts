import type { TableMetric } from '../../evaluation/metric/table.ts';
import type { ValueAxis } from './value-axis.ts';

/** The y channel of a metric's values, field `value`; `fallback` says which ticks where the axis has none of its own. */
export const metricChannel = (
  metric: TableMetric,
  axis: ValueAxis,
  fallback: { readonly tickCount?: number } = {},
) => ({
  field: 'value',
  type: 'quantitative',
  title: metric.label,
  scale: { type: axis.type, domain: axis.domain, nice: false, ...(axis.type === 'linear' && { zero: false }) },
  axis: { format: metric.unit === '%' ? '.0%' : '~g', ...(axis.ticks ? { values: axis.ticks } : fallback) },
});

/** The x channel of counts that double, a tick at each that occurs; `padding` in pixels on both sides. */
export const countChannel = (field: string, title: string, counts: readonly number[], padding: number) => ({
  field,
  type: 'quantitative',
  title,
  scale: { type: 'log', base: 2, nice: false, padding },
  axis: { values: [...new Set(counts)].sort((a, b) => a - b), format: 'd' },
});
