import { traceGraph } from '../src/engine/compile.ts';
import { nodesOf } from '../src/engine/graph/graph.ts';
import { choosing, merging, optimize, simplifying } from '../src/engine/graph/optimize.ts';
import type { Engine } from '../src/engine/graph/program.ts';
import { encode } from '../src/engine/onnx/encode.ts';
import { openSession } from '../src/engine/onnx/session.ts';
import { seconds } from './timing.ts';
import { randomFeeds, trainingStep, type Workload } from './training-step.ts';

/** What a training step costs without one pass. */
export interface PassCost {
  /** The pass that is left out; `none` and `all` for the ends. */
  readonly without: string;
  readonly operations: number;
  readonly seconds: number;
}

/** Times a training step with all passes, without each one, and without any. */
export async function timePasses(workload: Workload, engine: Engine): Promise<PassCost[]> {
  const { fn, specs } = trainingStep(workload);
  const graph = traceGraph(fn, specs);
  const feeds = randomFeeds(specs);
  const names = Object.keys({ ...simplifying, ...choosing.cpu, ...merging.cpu });
  const variants: [string, string[]][] = [
    ['none', []],
    ...names.map((name): [string, string[]] => [name, [name]]),
    ['all', names],
  ];
  const programs = [];
  for (const [without, passes] of variants) {
    const optimized = optimize(graph, 'cpu', passes);
    const signature = { inputs: specs, outputs: Object.keys(optimized.outputs) };
    const program = await openSession(encode(optimized, { opset: 21, vendor: true, inPlace: true }), signature, engine);
    const into = await program.run(feeds);
    const elapsed = await seconds(() => program.run(feeds, into), 5);
    programs.push({ without, operations: nodesOf(optimized).length, seconds: elapsed });
    await program.dispose();
  }
  return programs;
}
