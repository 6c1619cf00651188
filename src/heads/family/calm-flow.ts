import type { Family } from './family.ts';

/** CALM's flow head (Tencent, arXiv 2510.27688): 0 noise, 1 data; times are cut to whole thousandths. */
export const calmFlow: Family = {
  title: 'CALM flow head (Tencent)',
  architecture: 'residual',
  prefixes: ['generative_head.net.', 'net.', ''],
  marks: ['generative_head.'],
  outputs: 1,
  timeScale: 1000,
  conventions: { truncateTime: true },
  latentScale: 1,
  extras: [],
  select: ['model', 'state_dict'],
  official: { rule: 'midpoint', steps: 10, guidance: 1 },
  compared: false,
};
