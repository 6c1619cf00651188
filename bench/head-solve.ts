import type * as tf from '@tensorflow/tfjs';
import { compile } from '../src/engine/compile.ts';
import type { Engine, NamedTensors, TensorSpec } from '../src/engine/graph/program.ts';
import { guide } from '../src/heads/flow.ts';
import type { HeadConfig } from '../src/heads/network/config.ts';
import { initialHead } from '../src/heads/network/initial.ts';
import { applyHead, modulate } from '../src/heads/network/skeleton.ts';
import { euler } from '../src/heads/solver/euler.ts';
import { solve, uniformTimes } from '../src/heads/solver/solver.ts';
import { seconds } from './timing.ts';
import { randomFeeds, type Workload } from './training-step.ts';

/** Seconds of a teacher's guided Euler solve: each step is two forwards, conditional and unconditional. */
export async function timeSolve({ config, samples, draws }: Workload, steps: number, engine: Engine): Promise<number> {
  const contexts = samples / draws;
  const specs: Record<string, TensorSpec> = {
    noise: { shape: [contexts, draws, config.token] },
    conditional: { shape: [contexts, config.condition] },
    unconditional: { shape: [contexts, config.condition] },
    w: { shape: [contexts] },
  };
  const program = await compile((inputs) => ({ x: guidedSolve(inputs, config, steps) }), specs, {
    engine,
    constants: initialHead(config, 1),
  });
  const feeds = randomFeeds(specs);
  const into = await program.run(feeds);
  const elapsed = await seconds(() => program.run(feeds, into), 3);
  await program.dispose();
  return elapsed;
}

function guidedSolve(inputs: NamedTensors, config: HeadConfig, steps: number): tf.Tensor {
  const input = (name: string): tf.Tensor => inputs[name] as tf.Tensor;
  const velocity = (x: tf.Tensor, t: tf.Tensor): tf.Tensor => {
    const under = (condition: tf.Tensor) => applyHead(inputs, x, modulate(inputs, config, t, condition));
    return guide(under(input('conditional')), under(input('unconditional')), input('w'));
  };
  return solve(euler, velocity, input('noise'), uniformTimes(steps));
}
