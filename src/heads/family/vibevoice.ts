import { vPrediction } from '../loss/one-time.ts';
import { trainedBy, uniformSteps } from '../loss/training.ts';
import { flowRules } from '../original/flow-rules.ts';
import { vibevoiceDpmpp, vibevoiceSde } from '../original/vibevoice-dpmpp.ts';
import type { Family } from './family.ts';

/**
 * VibeVoice (Microsoft, arXiv 2508.19205): a DDPM of 1000 cosine steps; v = α·noise − σ·data is predicted. How it draws
 * times in training is not public: uniformly here.
 */
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
    { name: 'speech_scaling_factor', role: 'scale', shape: () => [], purpose: 'token = (codec latent + bias)·scale' },
    { name: 'speech_bias_factor', role: 'bias', shape: () => [], purpose: 'token = (codec latent + bias)·scale' },
  ],
  select: ['model', 'state_dict'],
  official: { rule: 'dpmpp-2m', steps: 20, guidance: 1.3 },
  rules: { 'dpmpp-2m': vibevoiceDpmpp, sde: vibevoiceSde, ...flowRules },
  losses: [vPrediction],
  training: trainedBy(vPrediction, uniformSteps),
  smallStartIndex: 990,
};
