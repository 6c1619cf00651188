import type { NamedTensors } from '../../engine/graph/program.ts';
import { hiddenWeights } from '../../engine/onnx-graph/hidden-weights.ts';
import type { StoredGraph } from '../../engine/onnx-graph/stored-graph.ts';
import type { Hidden } from '../../engine/training/hidden-matrices.ts';
import { prefixed, unprefixed } from '../../engine/training/prefix.ts';
import type { TrainingTask } from '../../engine/training/task.ts';
import { UsageError } from '../../ground/errors.ts';
import type { Parameters } from '../../ground/host-tensor.ts';
import { shuffledEpochs } from '../../ground/random/epochs.ts';
import { type Stream, stream } from '../../ground/random/philox.ts';
import { contextFeeds, contextOf, contextSpecs } from '../../heads/context.ts';
import type { Velocity } from '../../heads/flow.ts';
import type { HeadConfig } from '../../heads/network/config.ts';
import type { Teacher } from '../../teachers/teacher.ts';
import type { BatchShape, Beside, Draw, Method, MethodEntry } from '../method/method.ts';
import { methodNamed } from '../method/table.ts';
import type { StudentRecipe } from '../recipe/recipe.ts';
import { type MeanVelocity, meanVelocity } from '../student/network.ts';
import type { ContextBatch, TrajectoryCache } from '../trajectory/cache.ts';
import { batchSizes, lossSizes } from './look-sizes.ts';
import { probeOf } from './probe.ts';
import { validationOf } from './validation.ts';

/** What the training of a student depends on, beside where it starts and how weights are updated. */
export type DistilledStudent = Pick<StudentRecipe, 'name' | 'options'> & {
  /** The name of a method in the table, or an entry of one's own. */
  readonly method: string | MethodEntry;
  readonly training: Pick<StudentRecipe['training'], 'batch' | 'draws' | 'steps'>;
  /** The step counts that its ends are measured at while it trains, as far as they are up to four; 1 unless given. */
  readonly steps?: readonly number[] | undefined;
};

/** A teacher whose velocity may be asked for while a student is trained. */
export type OnlineTeacher = Pick<Teacher, 'parameters' | 'velocity' | 'head' | 'condition'>;

/**
 * The training of one student from cached trajectories; `teacher` is for methods that need it online, and costs others
 * nothing. Its weights are frozen among the batch's tensors, by their own names. Throws UsageError where it is missing. It
 * is validated where the cache has a held-out set.
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
  const auxiliary = method.auxiliary?.(shape, seed);
  const start = entry.needs?.other === 'start' ? weightsOf(parameters) : undefined;
  const first = start ?? parameters;
  const { beside } = method;
  const order = shuffledEpochs(cache.facts.contexts, 'epoch', student.name, seed);
  const frozen = (online || start) && { ...online?.parameters, ...(start && prefixed(START, start)) };
  const batches = batchesOf(method, config, online);
  const objective = objectiveOf(entry, method, config, online);
  return {
    parameters: auxiliary || beside ? withOthers(first, auxiliary, beside !== undefined) : first,
    batchSpecs: batches.specs(shape),
    ...(frozen && { frozen }),
    ...(config.graph && { hidden: hiddenIn(config.graph.graph) }),
    batch: async (step) => {
      const random = stream('batch', student.name, seed, step);
      const at = step * shape.contexts;
      const rows = Array.from({ length: shape.contexts }, (_, b) => order(at + b));
      const cached = await cache.batch(rows, draws, random.integers(1, cache.facts.draws)[0] ?? 0);
      return batches.drawn(cached, random, step / steps);
    },
    ...objective,
    probe: probeOf(entry.sampler, config, cache, {
      ...batchSizes(student.training),
      ownEnds: entry.ownEnds?.(student.options) ?? false,
    }),
    ...(cache.heldOut && {
      validation: validationOf(
        entry,
        student,
        config,
        { ...cache, heldOut: cache.heldOut },
        beside
          ? undefined
          : {
              batchSpecs: batches.specs({ ...shape, ...lossSizes(student.training, cache.heldOut, entry.needs) }),
              ...(frozen && { frozen }),
              drawn: batches.drawn,
              value: (weights, batch, average) =>
                objective.loss(weights, batch, objective.targets?.(weights, batch, average) ?? {}).loss,
            },
      ),
    }),
    ...(beside && besideOf(beside, config)),
  };
}

/** Weights between hidden states of a head that came as a graph, which has names of its own. */
function hiddenIn(graph: StoredGraph): Hidden {
  const names = hiddenWeights(graph);
  return (name) => names.has(name.startsWith(`${BESIDE}/`) ? name.slice(BESIDE.length + 1) : name);
}

const networkOf =
  (config: HeadConfig) =>
  (weights: NamedTensors, batch: NamedTensors): MeanVelocity =>
    meanVelocity(weights, config, contextOf(config, batch));

/** The batches of a method, of any sizes, with the contexts that the student and the teacher hear. */
const batchesOf = (method: Method, config: HeadConfig, online: OnlineTeacher | undefined) => ({
  specs: (shape: BatchShape) => ({
    ...method.specs(shape),
    ...contextSpecs(config, shape.contexts),
    ...(online && contextSpecs(hearerOf(online), shape.contexts)),
  }),
  drawn: (cached: ContextBatch, random: Stream, progress: number): Draw => ({
    ...method.draw(cached, random, progress),
    ...contextFeeds(config, cached),
    ...(online && contextFeeds(hearerOf(online), cached)),
  }),
});

/** What the student's own steps descend. */
const objectiveOf = (
  entry: MethodEntry,
  method: Method,
  config: HeadConfig,
  online: OnlineTeacher | undefined,
): Pick<TrainingTask, 'targets' | 'averaged' | 'loss'> => ({
  ...targetsOf(entry, method, { network: networkOf(config), teacher: (batch) => velocityOf(online, batch) }),
  loss: (weights, batch, found) => ({
    loss: method.loss(networkOf(config)(weights, batch), batch, found, unprefixed(AUXILIARY, weights)),
  }),
});

/**
 * What the steps of a second network descend. Such a student has no loss on the held-out set: it compares with a network that
 * learns the student's own samples, and its size tells of their balance alone.
 */
const besideOf = (beside: Beside, config: HeadConfig): Pick<TrainingTask, 'beside'> => ({
  beside: {
    updates: beside.updates,
    owns: (name) => name.startsWith(`${BESIDE}/`),
    targets: (weights, batch) => beside.targets(networkOf(config)(weights, batch), batch),
    loss: (weights, batch, found) => ({
      loss: beside.loss(networkOf(config)(unprefixed(BESIDE, weights), batch), batch, found),
    }),
  },
});

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
