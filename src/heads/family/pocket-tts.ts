import { selfDistillation } from '../loss/self-distilled.ts';
import { selfDistilling } from '../loss/training.ts';
import { lsd } from '../original/lsd.ts';
import type { Family } from './family.ts';

/** pocket-tts (Kyutai): a map between two times, guided before the head; at equal times it is the velocity. */
export const pocketTts: Family = {
  title: 'pocket-tts (Kyutai)',
  architecture: 'two-time',
  prefixes: ['flow_lm.flow_net.', 'flow_net.', ''],
  marks: ['flow_net.'],
  outputs: 1,
  timeScale: 1,
  conventions: { guidance: 'condition' },
  latentScale: 1,
  extras: [
    {
      name: 'emb_mean',
      role: 'mean',
      shape: ({ token }) => [token],
      purpose: 'codec latent = token·emb_std + emb_mean',
    },
    { name: 'emb_std', role: 'std', shape: ({ token }) => [token], purpose: 'codec latent = token·emb_std + emb_mean' },
  ],
  select: ['model', 'state_dict'],
  official: { rule: 'lsd', steps: 1, guidance: 1 },
  rules: { lsd },
  losses: selfDistillation,
  training: selfDistilling,
};
