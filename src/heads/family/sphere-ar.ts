import { flowMatching } from '../loss/one-time.ts';
import { logisticNormal, trainedBy } from '../loss/training.ts';
import { calmEuler } from '../original/calm-euler.ts';
import { sphereEm } from '../original/sphere-em.ts';
import type { Family } from './family.ts';

const loss = flowMatching();

/**
 * SphereAR (arXiv 2509.24335): 0 noise, 1 data; the network is the velocity. Its latents, and each token that it sampled,
 * lie on the sphere of radius √D.
 */
export const sphereAr: Family = {
  title: 'SphereAR',
  architecture: 'shared-modulation',
  prefixes: ['head.net.', 'net.', ''],
  marks: [],
  outputs: 1,
  timeScale: 1000,
  conventions: {},
  latentScale: 1,
  extras: [
    {
      name: 'pos_for_diff.weight',
      role: 'positions',
      shape: ({ condition }) => [undefined, condition],
      purpose: "conditions are hidden states plus the row of the token's place",
    },
  ],
  onSphere: true,
  select: ['ema', 'model', 'state_dict'],
  official: { rule: 'em', steps: 100, guidance: 4.5 },
  rules: { em: sphereEm, ode: { ...calmEuler, title: "SphereAR's Euler" } },
  losses: [loss],
  training: trainedBy(loss, logisticNormal(0)),
};
