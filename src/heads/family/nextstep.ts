import type { Family } from './family.ts';

/** NextStep-1 and 1.1 (StepFun, arXiv 2508.10711): time unscaled, 0 noise, 1 data; the network is the velocity. */
export const nextstep: Family = {
  title: 'NextStep-1 (StepFun)',
  architecture: 'residual',
  prefixes: ['image_head.net.', 'model.image_head.net.', 'net.', ''],
  marks: ['image_head.'],
  outputs: 1,
  timeScale: 1,
  conventions: {},
  latentScale: 1,
  extras: [
    {
      name: 'image_out_projector.weight',
      shape: ({ condition }) => [condition, undefined],
      purpose: 'conditions are taken after this layer',
    },
    {
      name: 'image_out_projector.bias',
      shape: ({ condition }) => [condition],
      purpose: 'conditions are taken after this layer',
    },
  ],
  select: ['model', 'state_dict'],
  official: { rule: 'ode', steps: 28, guidance: 7.5 },
  compared: true,
};
