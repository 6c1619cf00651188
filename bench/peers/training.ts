import type { Precision } from '../../src/engine/graph/program.ts';
import type { Parameters } from '../../src/ground/host-tensor.ts';
import { headShapes } from '../../src/heads/network/config.ts';
import { openTrainingStep, trainingStep } from '../training-step.ts';
import { comparedHeads, type HeadName, sizes } from './heads.ts';
import { randomInputs, randomWeights, writeInputs } from './inputs.ts';
import type { Workload } from './workload.ts';

/** What a step is of: `samples` draws, K = `draws` a context, in which numbers here. */
export interface TrainingSizes {
  readonly samples: number;
  readonly draws: number;
  readonly precision: Precision;
}

/** A whole training step, optimizer and average included. */
export function trainingWorkload(name: HeadName, { samples, draws, precision }: TrainingSizes): Workload {
  const { label, config } = comparedHeads[name];
  return {
    name: `${label}, K = ${draws}${precision === 'int8' ? ', ours int8' : ''}`,
    ...(precision === 'int8' && { tolerance: 0.1 }),
    request: { workload: 'training', head: sizes(config) },
    open: async (file, engine) => {
      const workload = { config, samples, draws };
      const weights = randomWeights(headShapes(config));
      const specs = trainingStep(workload).specs;
      const inputs = randomInputs(Object.fromEntries(Object.entries(specs).filter(([key]) => !(key in weights))));
      await writeInputs(file, weights, inputs);
      const { step, dispose } = await openTrainingStep(
        workload,
        engine,
        { precision },
        { ...inputs, ...copies(weights) },
      );
      const { loss, norm } = await step();
      return { check: [loss, norm], run: step, dispose };
    },
  };
}

/** Weights that may be moved. */
const copies = (weights: Parameters): Parameters =>
  Object.fromEntries(Object.entries(weights).map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
