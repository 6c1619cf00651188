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
    { name: 'emb_mean', shape: ({ token }) => [token], purpose: 'codec latent = token·emb_std + emb_mean' },
    { name: 'emb_std', shape: ({ token }) => [token], purpose: 'codec latent = token·emb_std + emb_mean' },
  ],
  select: ['model', 'state_dict'],
  official: { rule: 'lsd', steps: 1, guidance: 1 },
  compared: true,
};
