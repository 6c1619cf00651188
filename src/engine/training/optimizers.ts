import type { Engine } from '../graph/program.ts';
import { type Layout, rangesOf } from './arena.ts';
import type { Hidden } from './hidden-matrices.ts';
import { openMuon } from './muon.ts';
import type { Optimizer, OptimizerName, Stepper } from './optimizer.ts';

/** The optimizers, opened over the tensors of a layout, which may be a part of the training state. */
export const optimizers: Readonly<
  Record<OptimizerName, (optimizer: Optimizer, layout: Layout, engine: Engine, hidden?: Hidden) => Promise<Stepper>>
> = {
  adamw: async (optimizer, layout) => {
    const ranges = rangesOf(layout.slots);
    return {
      update: (options, step, learningRate, norm) => optimizer.update(options, step, learningRate, norm, ranges),
      dispose: async () => {},
    };
  },
  muon: openMuon,
};
