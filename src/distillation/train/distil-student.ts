import type { NamedTensors } from '../../engine/graph/program.ts';
import type { TrainingTask } from '../../engine/training/loop.ts';
import { UsageError } from '../../ground/errors.ts';
import { shuffledEpochs } from '../../ground/random/epochs.ts';
import { stream } from '../../ground/random/philox.ts';
import { contextFeeds, contextOf, contextSpecs } from '../../heads/context.ts';
import type { Velocity } from '../../heads/flow.ts';
import type { HeadConfig } from '../../heads/network/config.ts';
import type { Teacher } from '../../teachers/teacher.ts';
import type { MethodEntry } from '../method/method.ts';
import { methodNamed } from '../method/table.ts';
import type { StudentRecipe } from '../recipe/recipe.ts';
import { type MeanVelocity, meanVelocity } from '../student/network.ts';
import type { TrajectoryCache } from '../trajectory/cache.ts';

/** What the training of a student depends on, beside where it starts and how weights are updated. */
export type DistilledStudent = Pick<StudentRecipe, 'name' | 'options'> & {
  /** The name of a method in the table, or an entry of one's own. */
  readonly method: string | MethodEntry;
  readonly training: Pick<StudentRecipe['training'], 'batch' | 'draws' | 'steps'>;
};

/** A teacher whose velocity may be asked for while a student is trained. */
export type OnlineTeacher = Pick<Teacher, 'parameters' | 'velocity' | 'head' | 'condition'>;

/**
 * The training of one student from cached trajectories; `teacher` is for methods that need it online, and costs others
 * nothing. Its weights are frozen among the batch's tensors, by their own names. Throws UsageError where it is missing.
 */
export function distillationTask(
  student: DistilledStudent,
  seed: number,
  config: HeadConfig,
  parameters: TrainingTask['parameters'],
  cache: TrajectoryCache,
  teacher?: OnlineTeacher,
): TrainingTask {
  const entry = typeof student.method === 'string' ? methodNamed(student.method) : student.method;
  const method = entry.create(student.options);
  const online = onlineOf(entry, teacher);
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
      ...(online && contextSpecs(hearerOf(online), shape.contexts)),
    },
    ...(online && { frozen: online.parameters }),
    batch: async (step) => {
      const random = stream('batch', student.name, seed, step);
      const first = step * shape.contexts;
      const rows = Array.from({ length: shape.contexts }, (_, b) => order(first + b));
      const cached = await cache.batch(rows, draws, random.integers(1, cache.facts.draws)[0] ?? 0);
      const heard = { ...contextFeeds(config, cached), ...(online && contextFeeds(hearerOf(online), cached)) };
      return { ...method.draw(cached, random, step / steps), ...heard };
    },
    ...(targets && { targets: (weights, batch) => targets(network(weights, batch), batch, velocityOf(online, batch)) }),
    loss: (weights, batch, found) => ({ loss: method.loss(network(weights, batch), batch, found) }),
  };
}

/** The teacher of a method that needs one. */
function onlineOf({ title, needs }: MethodEntry, teacher: OnlineTeacher | undefined): OnlineTeacher | undefined {
  if (needs?.teacher !== true) return undefined;
  if (teacher === undefined) throw new UsageError(`${title}: expected the teacher, which this method asks in training`);
  return teacher;
}

const hearerOf = ({ head, condition }: OnlineTeacher) => ({ ...head, condition });

/** The teacher's velocity under the contexts of a batch, made once: calls at one time share its modulations. */
function velocityOf(teacher: OnlineTeacher | undefined, batch: NamedTensors): Velocity {
  if (teacher !== undefined) return teacher.velocity(batch, contextOf(hearerOf(teacher), batch));
  return () => {
    throw new TypeError('a method that asks for the teacher must say so: needs: { teacher: true }');
  };
}
