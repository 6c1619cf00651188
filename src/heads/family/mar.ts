import { marLoss, marNoiseLoss } from '../loss/one-time.ts';
import { trainedBy, uniformSteps } from '../loss/training.ts';
import { flowRules } from '../original/flow-rules.ts';
import { marDdim } from '../original/mar-ddim.ts';
import { marDdpm } from '../original/mar-ddpm.ts';
import type { Family } from './family.ts';

/** MAR (LTH14/mar, arXiv 2406.11838): a DDPM of 1000 cosine steps; noise, and behind it variances, are predicted. */
export const mar: Family = {
  title: 'MAR (LTH14/mar)',
  architecture: 'residual',
  prefixes: ['diffloss.net.', 'net.', ''],
  marks: ['diffloss.'],
  outputs: 2,
  timeScale: 1,
  // At the last index a noise prediction's error is multiplied by 20291; at 980 by 32.
  conventions: { prediction: 'ddpm-noise', startIndex: 980 },
  latentScale: 0.2325,
  extras: [],
  select: ['model_ema', 'model'],
  official: { rule: 'ddpm', steps: 100, guidance: 2.9 },
  rules: { ddpm: marDdpm, ddim: marDdim, ...flowRules },
  losses: [marLoss, marNoiseLoss],
  training: trainedBy(marLoss, uniformSteps),
  smallStartIndex: 960,
};
