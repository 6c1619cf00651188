import type { Engine } from '../graph/program.ts';
import type { Layout } from './arena.ts';
import { openMuon } from './muon.ts';
import type { Optimizer, OptimizerName, Stepper } from './optimizer.ts';

/** The optimizers, opened over a training state. */
export const optimizers: Readonly<
  Record<OptimizerName, (optimizer: Optimizer, layout: Layout, engine: Engine) => Promise<Stepper>>
> = {
  adamw: async (optimizer) => ({
    update: (options, step, learningRate, norm) => optimizer.update(options, step, learningRate, norm),
    dispose: async () => {},
  }),
  muon: openMuon,
};
