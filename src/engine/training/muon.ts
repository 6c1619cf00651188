/**
 * Muon (Keller Jordan, 2024; arXiv 2502.16982): a hidden matrix moves by its momentum made orthogonal, so that every
 * direction in it counts the same. The other tensors move by AdamW. The momentum lies where AdamW has its mean, and what
 * is made orthogonal lies where the gradients were: Muon takes no memory of its own.
 */
import { UsageError } from '../../ground/errors.ts';
import { compile } from '../compile.ts';
import type { Engine, NamedTensors } from '../graph/program.ts';
import { type Layout, rangeOf, rangesOf, type Slot, views } from './arena.ts';
import { type Hidden, isHiddenMatrix } from './hidden-matrices.ts';
import { orthogonalized } from './newton-schulz.ts';
import { defaultMuonScale, type Optimizer, type OptimizerOptions, type Stepper } from './optimizer.ts';

export const MOMENTUM = 0.95;

/** Muon over the tensors of a layout. Throws UsageError where no matrix is Muon's. */
export async function openMuon(
  optimizer: Optimizer,
  layout: Layout,
  engine: Engine,
  hidden?: Hidden,
): Promise<Stepper> {
  const matrices = matricesOf(layout, hidden);
  const others = rangesOf(layout.slots.filter((slot) => !matrices.includes(slot)));
  const directions = views({ slots: matrices }, optimizer.state.gradients);
  const program = await compile(allOrthogonalized, specsOf(matrices), { engine });
  return {
    async update(options, step, learningRate, norm) {
      optimizer.update(options, step, learningRate, norm, others);
      for (const slot of matrices) optimizer.momentum(options, norm, MOMENTUM, rangeOf(slot));
      // A direction takes the place of its own input, which nothing reads after the iterations have begun.
      await program.run(directions, directions);
      for (const slot of matrices)
        optimizer.move(options, step, learningRate, learningRate * reachOf(slot, options), rangeOf(slot));
    },
    dispose: program.dispose,
  };
}

/** The matrices that are Muon's. Throws UsageError where there is none. */
export function matricesOf({ slots }: Pick<Layout, 'slots'>, hidden?: Hidden): readonly Slot[] {
  const matrices = slots.filter((slot) => isHiddenMatrix(slot, hidden));
  if (matrices.length === 0)
    throw new UsageError('training: expected a hidden layer of at least 32 × 32 for the optimizer muon, got none');
  return matrices;
}

const specsOf = (slots: readonly Slot[]) => Object.fromEntries(slots.map(({ name, shape }) => [name, { shape }]));

const allOrthogonalized = (matrices: NamedTensors): NamedTensors =>
  Object.fromEntries(Object.entries(matrices).map(([name, matrix]) => [name, orthogonalized(matrix)]));

/** A matrix's rate in units of the learning rate: a tall one moves further, so that its entries change as much as a square one's. */
export const reachOf = (
  { shape: [rows = 1, columns = 1] }: Pick<Slot, 'shape'>,
  { muonScale = defaultMuonScale }: Pick<OptimizerOptions, 'muonScale'>,
): number => muonScale * Math.sqrt(Math.max(1, rows / columns));
