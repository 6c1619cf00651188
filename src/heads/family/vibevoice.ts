import type { Family } from './family.ts';

/** VibeVoice (Microsoft, arXiv 2508.19205): a DDPM of 1000 cosine steps; v = α·noise − σ·data is predicted. */
export const vibevoice: Family = {
  title: 'VibeVoice (Microsoft)',
  architecture: 'swiglu',
  prefixes: ['model.prediction_head.', 'prediction_head.', 'model.diffusion_head.', 'diffusion_head.', ''],
  marks: ['prediction_head.', 'diffusion_head.'],
  outputs: 1,
  timeScale: 1,
  conventions: { prediction: 'ddpm-velocity' },
  latentScale: 1,
  extras: [
    { name: 'speech_scaling_factor', shape: () => [], purpose: 'token = (codec latent + bias)·scale' },
    { name: 'speech_bias_factor', shape: () => [], purpose: 'token = (codec latent + bias)·scale' },
  ],
  select: ['model', 'state_dict'],
  official: { rule: 'dpmpp-2m', steps: 20, guidance: 1.3 },
  compared: false,
};
