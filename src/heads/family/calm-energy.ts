import { energyLoss } from '../loss/energy.ts';
import type { Family } from './family.ts';

/**
 * CALM's energy head (Tencent, arXiv 2510.27688), that of its released models: one call a token from uniform noise, without a
 * time. Its code registers the head under two names, so that whole checkpoints hold every tensor twice.
 */
export const calmEnergy: Family = {
  title: 'CALM energy head (Tencent)',
  architecture: 'one-call',
  prefixes: ['generative_head.', 'mlp_generator.', ''],
  marks: ['generative_head.', 'mlp_generator.'],
  twins: ['generative_head.', 'mlp_generator.'],
  outputs: 1,
  timeScale: 1,
  conventions: {},
  latentScale: 1,
  extras: [],
  select: ['model', 'state_dict'],
  official: { rule: 'one-call', steps: 1, guidance: 1 },
  rules: {},
  losses: [energyLoss],
};
