import { flowMatching } from '../loss/one-time.ts';
import { logisticNormal, trainedBy } from '../loss/training.ts';
import { nextstepCps } from '../original/nextstep-cps.ts';
import { nextstepEm11 } from '../original/nextstep-em11.ts';
import { nextstepEm2025 } from '../original/nextstep-em2025.ts';
import { nextstepOde } from '../original/nextstep-ode.ts';
import { nextstepSde } from '../original/nextstep-sde.ts';
import type { Family } from './family.ts';

const loss = flowMatching(1e-8);

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
      role: 'projector-weight',
      shape: ({ condition }) => [condition, undefined],
      purpose: 'conditions are taken after this layer',
    },
    {
      name: 'image_out_projector.bias',
      role: 'projector-bias',
      shape: ({ condition }) => [condition],
      purpose: 'conditions are taken after this layer',
    },
  ],
  select: ['model', 'state_dict'],
  official: { rule: 'ode', steps: 28, guidance: 7.5 },
  rules: { ode: nextstepOde, sde: nextstepSde, cps: nextstepCps, em2025: nextstepEm2025, em11: nextstepEm11 },
  losses: [loss],
  training: trainedBy(loss, logisticNormal(0)),
};
