import type { NamedTensors } from '../../engine/graph/program.ts';
import type { TrainingTask } from '../../engine/training/loop.ts';
import { prefixed, unprefixed } from '../../engine/training/prefix.ts';
import { UsageError } from '../../ground/errors.ts';
import type { Parameters } from '../../ground/host-tensor.ts';
import { shuffledEpochs } from '../../ground/random/epochs.ts';
import { stream } from '../../ground/random/philox.ts';
import { contextFeeds, contextOf, contextSpecs } from '../../heads/context.ts';
import type { Velocity } from '../../heads/flow.ts';
import type { HeadConfig } from '../../heads/network/config.ts';
import type { Teacher } from '../../teachers/teacher.ts';
import type { Method, MethodEntry } from '../method/method.ts';
import { methodNamed } from '../method/table.ts';
import type { StudentRecipe } from '../recipe/recipe.ts';
import { type MeanVelocity, meanVelocity } from '../student/network.ts';
import type { TrajectoryCache } from '../trajectory/cache.ts';
import { probeOf } from './probe.ts';

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
  const auxiliary = method.auxiliary?.(shape, seed);
  const start = entry.needs?.other === 'start' ? weightsOf(parameters) : undefined;
  const first = start ?? parameters;
  const { beside } = method;
  const order = shuffledEpochs(cache.facts.contexts, 'epoch', student.name, seed);
  return {
    parameters: auxiliary || beside ? withOthers(first, auxiliary, beside !== undefined) : first,
    batchSpecs: {
      ...method.specs(shape),
      ...contextSpecs(config, shape.contexts),
      ...(online && contextSpecs(hearerOf(online), shape.contexts)),
    },
    ...((online || start) && { frozen: { ...online?.parameters, ...(start && prefixed(START, start)) } }),
    batch: async (step) => {
      const random = stream('batch', student.name, seed, step);
      const at = step * shape.contexts;
      const rows = Array.from({ length: shape.contexts }, (_, b) => order(at + b));
      const cached = await cache.batch(rows, draws, random.integers(1, cache.facts.draws)[0] ?? 0);
      const heard = { ...contextFeeds(config, cached), ...(online && contextFeeds(hearerOf(online), cached)) };
      return { ...method.draw(cached, random, step / steps), ...heard };
    },
    ...targetsOf(entry, method, { network, teacher: (batch) => velocityOf(online, batch) }),
    loss: (weights, batch, found) => ({
      loss: method.loss(network(weights, batch), batch, found, unprefixed(AUXILIARY, weights)),
    }),
    probe: probeOf(entry.sampler, config, cache, shape),
    ...(beside && {
      beside: {
        updates: beside.updates,
        owns: (name) => name.startsWith(`${BESIDE}/`),
        targets: (weights, batch) => beside.targets(network(weights, batch), batch),
        loss: (weights, batch, found) => ({
          loss: beside.loss(network(unprefixed(BESIDE, weights), batch), batch, found),
        }),
      },
    }),
  };
}

/** The targets of a method, from the student and whom it asks. */
function targetsOf(
  { needs, title }: MethodEntry,
  method: Method,
  of: {
    readonly network: (weights: NamedTensors, batch: NamedTensors) => MeanVelocity;
    readonly teacher: (batch: NamedTensors) => Velocity;
  },
): Pick<TrainingTask, 'targets' | 'averaged'> {
  if (method.targets === undefined) return {};
  const targets = method.targets.bind(method);
  const never = unasked(
    `${title} asks for another student and must say which: needs: { other: 'average' }, { other: 'start' } or ` +
      `{ other: 'beside' }`,
  );
  return {
    ...(needs?.other === 'average' && { averaged: true }),
    targets: (weights, batch, average) => {
      const others = { average, start: unprefixed(START, batch), beside: unprefixed(BESIDE, weights) };
      const other = needs?.other === undefined ? never : of.network(others[needs.other], batch);
      return targets(of.network(weights, batch), batch, of.teacher(batch), other);
    },
  };
}

/** Weights that are trained with the student's, those of the network beside it, and those that it started from. */
const [AUXILIARY, BESIDE, START] = ['auxiliary', 'beside', 'start'];

const weightsOf = (parameters: TrainingTask['parameters']): Parameters =>
  typeof parameters === 'function' ? parameters() : parameters;

/** A student's weights, those that are trained with them, and the same again where a second network starts as it does. */
const withOthers =
  (student: TrainingTask['parameters'], auxiliary: Parameters = {}, twice: boolean) =>
  () => {
    const own = weightsOf(student);
    return { ...own, ...prefixed(AUXILIARY, auxiliary), ...(twice && prefixed(BESIDE, own)) };
  };

/** The student's own weights after training. */
export const withoutOthers = (trained: Parameters): Parameters =>
  Object.fromEntries(
    Object.entries(trained).filter(([name]) => !name.startsWith(`${AUXILIARY}/`) && !name.startsWith(`${BESIDE}/`)),
  );

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
  return unasked('a method that asks for the teacher must say so: needs: { teacher: true }');
}

/** What a method must not call. */
const unasked = (message: string) => (): never => {
  throw new TypeError(message);
};
