import type { NamedTensors } from '../../engine/graph/program.ts';
import type { TrainingTask } from '../../engine/training/loop.ts';
import { shuffledEpochs } from '../../ground/random/epochs.ts';
import { stream } from '../../ground/random/philox.ts';
import { contextFeeds, contextOf, contextSpecs } from '../../heads/context.ts';
import type { HeadConfig } from '../../heads/network/config.ts';
import { methodNamed } from '../method/table.ts';
import type { StudentRecipe } from '../recipe/recipe.ts';
import { type MeanVelocity, meanVelocity } from '../student/network.ts';
import type { TrajectoryCache } from '../trajectory/cache.ts';

/** What the training of a student depends on, beside where it starts and how weights are updated. */
export type DistilledStudent = Pick<StudentRecipe, 'name' | 'options'> & {
  /** Name of the method in their table. */
  readonly method: string;
  readonly training: Pick<StudentRecipe['training'], 'batch' | 'draws' | 'steps'>;
};

/** The training of one student from cached trajectories. */
export function distillationTask(
  student: DistilledStudent,
  seed: number,
  config: HeadConfig,
  parameters: TrainingTask['parameters'],
  cache: TrajectoryCache,
): TrainingTask {
  const method = methodNamed(student.method).create(student.options);
  const { batch: samples, draws, steps } = student.training;
  const shape = { contexts: samples / draws, draws, token: config.token };
  const network = (weights: NamedTensors, batch: NamedTensors): MeanVelocity =>
    meanVelocity(weights, config, contextOf(config, batch));
  const targets = method.targets?.bind(method);
  const order = shuffledEpochs(cache.facts.contexts, 'epoch', student.name, seed);
  return {
    parameters,
    batchSpecs: {
      ...method.specs(shape),
      ...contextSpecs(config, shape.contexts),
    },
    batch: async (step) => {
      const random = stream('batch', student.name, seed, step);
      const first = step * shape.contexts;
      const rows = Array.from({ length: shape.contexts }, (_, b) => order(first + b));
      const cached = await cache.batch(rows, draws, random.integers(1, cache.facts.draws)[0] ?? 0);
      return { ...method.draw(cached, random, step / steps), ...contextFeeds(config, cached) };
    },
    ...(targets && { targets: (weights, batch) => targets(network(weights, batch), batch) }),
    loss: (weights, batch, found) => ({ loss: method.loss(network(weights, batch), batch, found) }),
  };
}
