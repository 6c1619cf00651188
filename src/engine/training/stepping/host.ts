/** Steps in ordinary memory: a program reads the weights and writes the gradients in place, and a pass over the arena moves them. */
import type { HostTensor } from '../../../ground/host-tensor.ts';
import type { Program } from '../../graph/program.ts';
import { views } from '../arena.ts';
import type { Stepper } from '../optimizer.ts';
import { optimizers } from '../optimizers.ts';
import { prefixed } from '../prefix.ts';
import { scheduledRate } from '../schedule.ts';
import { compileStep, scalars } from '../step.ts';
import { type Turn, turnAt, turnsOf } from '../turns.ts';
import { weightFeeds } from '../weights.ts';
import { isFiniteStep, type Placed, type SettledOptions, type Stepping } from './stepping.ts';

/** What a step runs. */
interface OpenTurn {
  readonly program: Program;
  /** Where the program writes the gradients of what it moves. */
  readonly gradients: Readonly<Record<string, HostTensor<Float32Array>>>;
  readonly stepper: Stepper;
}

/** Opens steps in the arena; one at a time. */
export async function openHostStepping(
  { task, layout, optimizer }: Placed,
  options: SettledOptions,
): Promise<Stepping> {
  const { optimizer: name = 'adamw', engine, precision, recompute } = options;
  const opened: { readonly dispose: () => Promise<void> }[] = [];
  const dispose = async (): Promise<void> => {
    for (const each of opened) await each.dispose();
  };
  const open = async (turn: Turn): Promise<OpenTurn> => {
    const stepper = await optimizers[name](optimizer, turn.moved, engine, task.hidden);
    opened.push(stepper);
    const program = await compileStep(task, layout, { engine, turn, precision, recompute });
    opened.push(program);
    return { program, gradients: prefixed('gradient', views(turn.moved, optimizer.state.gradients)), stepper };
  };
  try {
    const turns = turnsOf(task, layout);
    const own = await open(turns.own);
    const beside = turns.beside && (await open(turns.beside));
    const feeds = weightFeeds(task, layout, optimizer.state);
    return {
      advance: async (step) => {
        const { turn, before } = turnAt(step, task.beside?.updates ?? 0);
        const { program, gradients, stepper } = turn === 'beside' && beside ? beside : own;
        if (task.beside) for (const part of optimizer.state.gradients) part.fill(0); // the norm is of what this turn moves
        const outputs = await program.run({ ...feeds, ...prefixed('batch', await task.batch(step)) }, gradients);
        const taken = {
          values: scalars(outputs),
          norm: optimizer.gradientNorm(),
          learningRate: scheduledRate(options, step),
        };
        if (isFiniteStep(taken)) await stepper.update(options, before, taken.learningRate, taken.norm);
        return [taken];
      },
      land: async () => {},
      dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}
