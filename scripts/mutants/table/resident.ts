import type { NamedMutation } from '../named.ts';

const stepping = 'src/engine/training/stepping';

/** Faults of trainings whose state stays where their programs run. */
export const residentFaults: readonly NamedMutation[] = [
  {
    what: 'all steps of a call take the rates of the first',
    file: `${stepping}/resident.ts`,
    text: 'feedsOf(from + index, before + index)',
    replacement: 'feedsOf(from + index, before)',
  },
  {
    what: 'all steps of a call take one batch',
    file: `${stepping}/resident.ts`,
    text: 'await task.batch(step)',
    replacement: 'await task.batch(0)',
  },
  {
    what: 'a call goes on beyond what is due',
    file: `${stepping}/resident.ts`,
    text: 'const count = until - from >= most ? most : 1;',
    replacement: 'const count = most;',
  },
  {
    what: 'weights in turns take several steps of one turn at once',
    file: `${stepping}/resident.ts`,
    text: 'task.beside || options.recompute ? 1 : stepsTogether(options)',
    replacement: 'stepsTogether(options)',
  },
  {
    what: 'calls do not heed checkpoints',
    file: `${stepping}/resident.ts`,
    text: ' && checkpointEvery % count === 0',
    replacement: '',
  },
  {
    what: 'the weights of the other turn are moved, too',
    file: `${stepping}/resident-step.ts`,
    text: 'turn.moved.slots.map((slot)',
    replacement: 'layout.slots.map((slot)',
  },
  {
    what: 'short gradients are made longer',
    file: `${stepping}/resident-step.ts`,
    text: 'tf.minimum(1, tf.div(options.clip, norm))',
    replacement: 'tf.div(options.clip, norm)',
  },
  {
    what: 'targets see the average as it was when the call began',
    file: `${stepping}/resident-step.ts`,
    text: "task.averaged && region(state, 'average')",
    replacement: "task.averaged && prefixed('average', unprefixed('average', inputs))",
  },
  {
    what: 'the second moment of AdamW forgets',
    file: `${stepping}/in-graph.ts`,
    text: 'mixed(state.variance, tf.square(gradient), beta2)',
    replacement: 'tf.mul(tf.square(gradient), 1 - beta2)',
  },
  {
    what: 'the average follows the weights from before the step',
    file: `${stepping}/in-graph.ts`,
    text: 'tf.mul(parameter, tf.sub(1, decay))',
    replacement: 'tf.mul(state.parameter, tf.sub(1, decay))',
  },
  {
    what: 'weights do not decay on the device',
    file: `${stepping}/in-graph.ts`,
    text: 'tf.sub(tf.mul(state.parameter, kept), move)',
    replacement: 'tf.sub(state.parameter, move)',
  },
  {
    what: 'Muon looks not ahead along its momentum on the device',
    file: `${stepping}/in-graph.ts`,
    text: 'orthogonalized(tf.add(gradient, tf.mul(mean, MOMENTUM)))',
    replacement: 'orthogonalized(mean)',
  },
  {
    what: 'what is looked at is not brought from the device',
    file: 'src/engine/training/loop.ts',
    text: 'if (due || (options.probeEvery && done % options.probeEvery === 0)) await stepping.land();',
    replacement: 'if (due) await stepping.land();',
  },
  {
    what: 'only the last step of a call must be finite',
    file: 'src/engine/training/loop.ts',
    text: 'if (!isFiniteStep(each))',
    replacement: 'if (each === taken.at(-1) && !isFiniteStep(each))',
  },
];
