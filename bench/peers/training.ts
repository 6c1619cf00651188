import type { Parameters } from '../../src/ground/host-tensor.ts';
import { headShapes } from '../../src/heads/network/config.ts';
import { openTrainingStep, trainingStep } from '../training-step.ts';
import { comparedHeads, type HeadName, sizes } from './heads.ts';
import { randomInputs, randomWeights, writeInputs } from './inputs.ts';
import type { Workload } from './workload.ts';

/** A whole training step, optimizer and average included, of `samples` draws, K = `draws` a context. */
export function trainingWorkload(name: HeadName, samples: number, draws: number): Workload {
  const { label, config } = comparedHeads[name];
  return {
    name: `${label}, K = ${draws}`,
    request: { workload: 'training', head: sizes(config) },
    open: async (file, engine) => {
      const workload = { config, samples, draws };
      const weights = randomWeights(headShapes(config));
      const specs = trainingStep(workload).specs;
      const inputs = randomInputs(Object.fromEntries(Object.entries(specs).filter(([key]) => !(key in weights))));
      await writeInputs(file, weights, inputs);
      const { step, dispose } = await openTrainingStep(workload, engine, 'adamw', { ...inputs, ...copies(weights) });
      const { loss, norm } = await step();
      return { check: [loss, norm], run: step, dispose };
    },
  };
}

/** Weights that may be moved. */
const copies = (weights: Parameters): Parameters =>
  Object.fromEntries(Object.entries(weights).map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
