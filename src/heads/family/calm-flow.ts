import { flowMatching } from '../loss/one-time.ts';
import { trainedBy, uniform } from '../loss/training.ts';
import { calmEuler } from '../original/calm-euler.ts';
import { calmMidpoint } from '../original/calm-midpoint.ts';
import type { Family } from './family.ts';

const loss = flowMatching();

/**
 * CALM's flow head (Tencent, arXiv 2510.27688): 0 noise, 1 data; times are cut to whole thousandths. How it draws times
 * in training is not public: uniformly here.
 */
export const calmFlow: Family = {
  title: 'CALM flow head (Tencent)',
  architecture: 'residual',
  prefixes: ['generative_head.net.', 'net.', ''],
  marks: ['generative_head.net.'],
  outputs: 1,
  timeScale: 1000,
  conventions: { truncateTime: true },
  latentScale: 1,
  extras: [],
  select: ['model', 'state_dict'],
  official: { rule: 'midpoint', steps: 10, guidance: 1, evaluations: 2 },
  rules: { midpoint: calmMidpoint, euler: calmEuler },
  losses: [loss],
  training: trainedBy(loss, uniform),
};
